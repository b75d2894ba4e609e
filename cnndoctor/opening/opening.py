"""Opens an experiment: the first thing an examination does, told as a story."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.config import Config
from cnndoctor.experiment import Experiment
from cnndoctor.opening.data_sets import data_set
from cnndoctor.opening.device import find_device
from cnndoctor.opening.first_batch import first_batch
from cnndoctor.opening.first_step import first_step
from cnndoctor.opening.members import named_members, refuse_unknown_members, seen_members
from cnndoctor.opening.tasks import task_of
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.patient.task import Task


def open_experiment(config: Config, *, device: str | None = None, seed: int | None = None) -> Experiment:
    """Build the data sets of a config and find out device, members and task.

    Args:
        config: The experiment file.
        device: Overrides the config's device.
        seed: Overrides the config's seed.

    Raises:
        ConfigError: The device is not there, a data set is empty, or a factory returned something unusable.
        UserCodeError: A factory of the user raised.
    """
    chosen = find_device(config, device or config.device, told="--device" if device else "")
    seed = config.seed if seed is None else seed
    seed_everything(seed)
    experiment = Experiment(
        config=config,
        device=chosen,
        seed=seed,
        task=Task.CUSTOM,
        train_data=data_set(config, "train"),
        validation_data=data_set(config, "validation"),
        members=named_members(config),
    )
    batch = first_batch(experiment)
    refuse_unknown_members(experiment, batch)
    step = first_step(experiment, batch)
    experiment = replace(
        experiment,
        members=seen_members(experiment, step),
        outputs_as_given=step is None or step.outputs_as_given,
    )
    return replace(experiment, task=task_of(experiment, batch, step))
