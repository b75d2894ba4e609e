"""Which members of a batch are inputs and targets: as the file names them, or as a step was seen to use them."""

from __future__ import annotations

from cnndoctor.config import Config
from cnndoctor.config.refusal import refusal
from cnndoctor.experiment import Experiment
from cnndoctor.opening.first_batch import UNREADABLE
from cnndoctor.patient.batches import Members
from cnndoctor.patient.used_members import used_members
from cnndoctor.patient.watched_step import WatchedStep


def names_members(config: Config) -> bool:
    """Return whether the file says which members are inputs or targets."""
    return config.data.inputs is not None or config.data.targets is not None


def named_members(config: Config) -> Members:
    """Return the members that ``data.inputs`` and ``data.targets`` name; the first and the second where they do not."""
    return Members(inputs=_key(config.data.inputs, 0), targets=_key(config.data.targets, 1))


def _key(value: object, default: int) -> str | int | tuple[str | int, ...]:
    if value is None:
        return default
    if isinstance(value, list | tuple):
        return tuple(value)
    return value  # type: ignore[return-value]


def refuse_unknown_members(experiment: Experiment, batch: object) -> None:
    """Refuse names that no batch has beside a step, which would never miss them: what is looked at would be nothing.

    Raises:
        ConfigError: The experiment names a member that the first batch does not have.
    """
    if experiment.config.step is None or batch is UNREADABLE:
        return
    for setting, message in experiment.members.unknown(batch):
        raise refusal(experiment.config, setting, f"{message}.")


def seen_members(experiment: Experiment, step: WatchedStep | None) -> Members:
    """Return the members that a step was seen to use, where the file names none; else those the experiment has.

    Args:
        experiment: With the members that its file names.
        step: What its step was seen to do; None where nothing was seen.
    """
    if step is None or names_members(experiment.config):
        return experiment.members
    try:
        return used_members(step) or experiment.members
    except Exception:  # noqa: BLE001 - not every tensor can be compared: a sparse one has no storage, MPS has no doubles
        return experiment.members
