"""A long run without checkpoints."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import ExperimentEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity


@check(severity=Severity.NOTE, grade="C", of_pace=True)
def no_checkpointing(
    experiment: ExperimentEvidence, train: TrainEvidence, *, min_seconds: float = 600.0
) -> Judgement:
    """A long run writes no checkpoints.

    What it measures:
        The time of the whole planned run, from the median step, when ``train.checkpoint_every`` is not set.
    Why it matters:
        An interruption costs everything, and the best epoch cannot be taken back.
    How to fix:
        ``train.checkpoint_every: 1`` and ``cnndoctor diagnose --resume RUN``.
    When it is not a fault:
        Runs of a few minutes.

    References:
        - ten minutes: chosen, as the time that nobody minds to lose
    """
    seconds = max(train.seconds, train.planned_steps * train.seconds_per_step)
    if experiment.checkpoint_every or seconds < min_seconds:
        return None
    return Finding(
        message=f"The planned run takes about {seconds / 60:.0f} minutes and writes no checkpoints.",
        confidence=0.9,
        places=(Place(kind="key", name="train"),),
        measured={"seconds": seconds},
        remedies=(Remedy(text="Write a checkpoint every epoch.", patch={"train.checkpoint_every": 1}),),
    )
