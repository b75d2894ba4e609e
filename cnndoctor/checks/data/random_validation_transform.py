"""Augmentation is active on validation."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.data import IMAGE_AXES, Split
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity

GENERATED = 0.2  # share of re-read targets that differ: the data are made while they are read


@check(
    severity=Severity.WARNING,
    grade="A",
    explains=("not-reproducible", "best-epoch-lost", "train-validation-shift"),
)
def random_validation_transform(
    data: DataEvidence, *, max_share: float = 0.05
) -> Finding | NotApplicable | None:
    """Augmentation is active on validation: the same sample reads differently each time.

    What it measures:
        64 validation samples read twice, bit by bit.
    Why it matters:
        Scores of different epochs are measured on different data; the best epoch is partly luck, and augmentation makes
        validation harder than the task.
    How to fix:
        Give validation its own deterministic transform (resize, centre crop, normalise). Subsets from ``random_split`` share
        one data set and so one transform: build it twice, or wrap the subset.
    When it is not a fault:
        Test-time augmentation on purpose; data that are generated while they are read (targets change too: nothing is said);
        symbols that are drawn at each read (negatives of a ranking, masked words): a note.

    References:
        - https://docs.pytorch.org/vision/stable/transforms.html
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    validation = data.validation
    if validation is None or not validation.map_style:
        return NotApplicable(reason="no validation samples that can be read by index")
    if validation.random_targets > GENERATED or validation.random_reads <= max_share:
        return None
    drawn = _are_symbols(validation)
    swapped = data.train.random_reads <= max_share
    words = ", while training samples do not: the transforms may be swapped" if swapped else ""
    changing = ", ".join(one.name for one in validation.tensors if one.random_reads)
    where = f" ({changing})" if changing else ""
    return Finding(
        message=f"{validation.random_reads:.0%} of validation samples read differently the second time{where}{words}.",
        confidence=0.6 if drawn else 0.93,
        severity=Severity.NOTE if drawn else Severity.WARNING,
        places=(Place(kind="key", name="data.validation"),),
        measured={"validation": validation.random_reads, "training": data.train.random_reads},
        remedies=(Remedy(text="Give validation its own deterministic transform."),),
    )


def _are_symbols(split: Split) -> bool:
    """Return whether all that changes are whole numbers that are no image: songs nobody played, words that were masked."""
    changing = [one for one in split.each_input if one.random_reads]
    return all(one.facts.integral and one.axes < IMAGE_AXES for one in changing)
