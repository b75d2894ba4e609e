"""Which members of a batch are inputs and targets: as the file names them, or as a step was seen to use them."""

from __future__ import annotations

from cnndoctor.config import Config
from cnndoctor.config.refusal import refusal
from cnndoctor.experiment import Experiment
from cnndoctor.opening.first_batch import UNREADABLE
from cnndoctor.patient.batches import Members
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.used_members import used_members


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


def seen_members(experiment: Experiment, batch: object) -> Members | None:
    """Return the members that a step was seen to use, where the file names none; None where that says nothing new."""
    named = experiment.config.data.inputs is not None or experiment.config.data.targets is not None
    if experiment.config.step is None or named or batch is UNREADABLE:
        return None
    with preserved_randomness():
        try:
            session = experiment.fresh()
            return used_members(session, session.prepare(batch))
        except Exception:  # noqa: BLE001 - the first-batch stage runs the same step and reports what it raises
            return None
