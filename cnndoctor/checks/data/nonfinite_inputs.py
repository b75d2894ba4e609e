"""Inputs hold NaN or infinities."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.evidence.data import InputTensor
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
        Every examined input of both splits, element by element; of several input tensors each.
    Why it matters:
        A single NaN makes the loss and then every weight NaN; from that step on the network is lost.
    How to fix:
        Repair or drop these samples: ``torch.nan_to_num``, imputation, or a filter in the data set. A division by a standard
        deviation of zero is the usual source: add a small eps.
    When it is not a fault:
        A model that masks missing values itself and trains well: then this is a note. Among several input tensors one that is
        a single value wherever it is finite (0 and minus infinity, as masks of attention) is not judged.

    References:
        - "What should I do when my neural network doesn't learn?", https://stats.stackexchange.com/q/352036
    """
    found = [
        (split, one)
        for split in (data.train, data.validation)
        if split is not None
        for one in split.each_input
        if one.facts.nonfinite_count and not _is_mask(one)
    ]
    if not found:
        return None
    counts = " and ".join(
        f"{one.facts.nonfinite_count} of {s.examined} {s.name} samples{one.said}" for s, one in found
    )
    splits = list(dict.fromkeys(split.name for split, _ in found))
    return Finding(
        message=f"The inputs of {counts} hold NaN or infinity; none may.",
        confidence=0.97,
        severity=Severity.NOTE if trained_well(train, data.baseline) else None,
        places=(
            *(place for s, one in found for place in s.places(one.facts.nonfinite_samples)),
            *(Place(kind="key", name=f"data.{name}") for name in splits),
        ),
        measured={f"{s.name} samples{one.said}": one.facts.nonfinite_count for s, one in found},
        remedies=(
            Remedy(
                text="Repair or drop these samples (torch.nan_to_num, imputation, or a filter in the data set)."
            ),
        ),
    )


def _is_mask(one: InputTensor) -> bool:
    """Return whether a tensor beside others is 0 (or one other value) wherever it is finite: what masks of attention add."""
    return bool(one.name) and one.facts.minimum == one.facts.maximum
