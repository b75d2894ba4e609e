"""The user's step on the first batch, run once: what it does tells the members it uses, the task, and what its outputs are."""

from __future__ import annotations

from cnndoctor.experiment import Experiment
from cnndoctor.opening.first_batch import UNREADABLE
from cnndoctor.opening.members import names_members
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.scoring import says_what_outputs_are
from cnndoctor.patient.watched_step import WatchedStep, free_members, watch_step


def first_step(experiment: Experiment, batch: object) -> WatchedStep | None:
    """Return what the step did with the first batch; None where there is no step, where it raises or has nothing to tell.

    Args:
        experiment: With the members that its file names.
        batch: The first training batch, or UNREADABLE.
    """
    config = experiment.config
    if config.step is None or batch is UNREADABLE:
        return None
    task_told, members_told = config.task != "auto", names_members(config)
    with preserved_randomness():
        try:
            session = experiment.fresh()
            prepared = session.prepare(batch)
            known = task_told and (members_told or not free_members(prepared))
            if known and not says_what_outputs_are(session.loss):
                return None
            return watch_step(session, prepared)
        except Exception:  # noqa: BLE001 - the first-batch stage runs the same step and reports what it raises
            return None
