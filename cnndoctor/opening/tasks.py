"""What kind of problem an experiment solves where its file does not say: by its loss, and what that meets in one batch."""

from __future__ import annotations

import torch

from cnndoctor.experiment import Experiment
from cnndoctor.opening.first_batch import UNREADABLE
from cnndoctor.patient.batches import Members
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.task import Task, infer_task, is_yes_or_no, of_torch
from cnndoctor.patient.watched_step import WatchedStep


def task_of(experiment: Experiment, batch: object, step: WatchedStep | None) -> Task:
    """Return the task that the file tells, or what the loss and one batch of targets tell.

    An experiment that cannot give a batch is custom (a stage tells why).

    Args:
        experiment: With its members.
        batch: The first training batch, or UNREADABLE.
        step: What its step was seen to do with that; None where nothing was seen.

    Raises:
        ConfigError: The loss cannot be called.
        UserCodeError: The loss could not be built.
    """
    if experiment.config.task != "auto":
        return Task(experiment.config.task)
    with preserved_randomness():
        loss = experiment.build_loss()
        if batch is UNREADABLE:
            return Task.CUSTOM
        if experiment.config.step is not None:
            return _task_of_step(step, experiment.members)
        targets = experiment.members.targets_of(batch)
        told = getattr(targets, "ndim", 0) > 1 or is_yes_or_no(targets) or not of_torch(loss)
        outputs = _outputs(experiment, batch) if told else None
        return infer_task(loss, targets, outputs)


def _task_of_step(step: WatchedStep | None, members: Members) -> Task:
    """Judge by the outputs and targets that a step names, and by the loss if the step calls it; else it is custom."""
    if step is None:
        return Task.CUSTOM
    targets = step.targets(members)
    if targets is None or (step.loss is None and step.outputs is None):
        return Task.CUSTOM
    if step.loss is not None and not step.loss_called:
        return Task.CUSTOM  # a loss that the step never calls says nothing about what is learnt
    return infer_task(step.loss, targets, step.outputs)


def _outputs(experiment: Experiment, batch: object) -> object:
    """Return the model's outputs on one batch; None when it raises (the setup stage reports that)."""
    try:
        session = experiment.fresh()
        session.model.eval()
        with torch.no_grad():
            return session.forward(session.inputs_of(session.prepare(batch)))
    except Exception:  # noqa: BLE001 - reported by the setup stage, with the user's traceback
        return None
