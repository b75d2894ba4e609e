"""Targets hold NaN or infinities."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well


@check(severity=Severity.ERROR, grade="A", explains=merged(BLOWS_UP, LEARNS_NOTHING))
def nonfinite_targets(data: DataEvidence, train: TrainEvidence | None) -> Finding | None:
    """Some targets hold NaN or infinity.

    What it measures:
        Every examined target of both splits, element by element.
    Why it matters:
        The loss of such a sample is NaN, and so is every weight after its step.
    How to fix:
        Drop these samples, or mask missing targets in the loss: ``loss = (error * mask).sum() / mask.sum()`` with
        ``torch.nan_to_num`` on the targets first, because NaN times zero is NaN.
    When it is not a fault:
        A loss that masks NaN on purpose: when the run ended with finite losses, this is a note.

    References:
        - "What should I do when my neural network doesn't learn?", https://stats.stackexchange.com/q/352036
    """
    splits = [
        split
        for split in (data.train, data.validation)
        if split is not None and split.targets.nonfinite_count
    ]
    if not splits:
        return None
    counts = " and ".join(f"{s.targets.nonfinite_count} of {s.examined} {s.name} samples" for s in splits)
    masked = train is not None and train.nonfinite is None and train.ended in {"completed", "early-stopping"}
    return Finding(
        message=f"The targets of {counts} hold NaN or infinity; none may.",
        confidence=0.6 if masked else 0.97,
        severity=Severity.NOTE if masked or trained_well(train, data.baseline) else None,
        places=(
            *(place for s in splits for place in s.places(s.targets.nonfinite_samples)),
            *(Place(kind="key", name=f"data.{s.name}") for s in splits),
        ),
        measured={f"{s.name} samples": s.targets.nonfinite_count for s in splits},
        remedies=(Remedy(text="Drop these samples, or replace NaN and mask them in the loss."),),
    )
