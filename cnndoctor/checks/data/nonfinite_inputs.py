"""Inputs hold NaN or infinities."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=merged(BLOWS_UP, LEARNS_NOTHING, ("constant-inputs", "train-validation-shift")),
)
def nonfinite_inputs(data: DataEvidence, train: TrainEvidence | None) -> Finding | None:
    """Some inputs hold NaN or infinity.

    What it measures:
        Every examined input of both splits, element by element.
    Why it matters:
        A single NaN makes the loss and then every weight NaN; from that step on the network is lost.
    How to fix:
        Repair or drop these samples: ``torch.nan_to_num``, imputation, or a filter in the data set. A division by a standard
        deviation of zero is the usual source: add a small eps.
    When it is not a fault:
        A model that masks missing values itself and trains well: then this is a note.

    References:
        - "What should I do when my neural network doesn't learn?", https://stats.stackexchange.com/q/352036
    """
    splits = [
        split for split in (data.train, data.validation) if split is not None and split.inputs.nonfinite_count
    ]
    if not splits:
        return None
    counts = " and ".join(f"{s.inputs.nonfinite_count} of {s.examined} {s.name} samples" for s in splits)
    return Finding(
        message=f"The inputs of {counts} hold NaN or infinity; none may.",
        confidence=0.97,
        severity=Severity.NOTE if trained_well(train, data.baseline) else None,
        places=(
            *(place for s in splits for place in s.places(s.inputs.nonfinite_samples)),
            *(Place(kind="key", name=f"data.{s.name}") for s in splits),
        ),
        measured={f"{s.name} samples": s.inputs.nonfinite_count for s in splits},
        remedies=(
            Remedy(
                text="Repair or drop these samples (torch.nan_to_num, imputation, or a filter in the data set)."
            ),
        ),
    )
