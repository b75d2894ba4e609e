"""A loss that is summed over the batch instead of averaged."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, LrRangeEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import BLOWS_UP
from cnndoctor.signs.success import trained_well


@check(
    severity="warning",
    grade="A",
    explains=(*BLOWS_UP, "loss-far-from-chance", "noisy-gradients", "regularization-blocks-fit"),
)
def summed_loss(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    lr_range: LrRangeEvidence | None,
    train: TrainEvidence | None,
    *,
    min_ratio: float = 1.9,
) -> Finding | None:
    """The loss grows with the batch size: it is a sum, not a mean.

    What it measures:
        The loss of a whole batch over the mean loss of its two halves: 1 for a mean, 2 for a sum.
    Why it matters:
        With a sum over N samples, gradients are N times as large: under SGD the learning rate acts N times as
        strongly, it changes with the batch size, and the last, smaller batch counts less. Adam divides the scale
        away.
    How to fix:
        ``reduction="mean"``; or divide by the batch size; or divide the learning rate by it.
    When it is not a fault:
        A learning rate chosen for the sum, and adaptive optimizers: then it is a note.

    References:
        - torch.nn.CrossEntropyLoss, argument reduction
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    ratio, size = first_batch.loss.half_batch_ratio, max(1, first_batch.batch_size)
    summed = setup.loss.reduction == "sum" or (math.isfinite(ratio) and min_ratio <= ratio <= 4 - min_ratio)
    if not summed or size < 2 or not math.isfinite(ratio) or ratio < min_ratio:
        return None
    adaptive, good = setup.optimizer.adaptive, trained_well(train, data.baseline if data else None)
    above = lr_range is not None and len(lr_range.band) == 2 and lr_range.configured_peak > lr_range.band[1]
    harmless = adaptive or good or (train is None and not above)
    said = f"The loss of the whole batch is {ratio:.2f} times that of its halves: it is a sum over {size} samples"
    harm = "which is harmless here" if harmless else f"and the learning rate acts {size} times as strongly"
    return Finding(
        message=f"{said}, {harm}.",
        confidence=0.9,
        severity=_severity(
            harmless=harmless, grave=above or (train is not None and train.nonfinite is not None)
        ),
        places=(
            Place(kind="key", name="loss.reduction" if setup.loss.known else "loss"),
            Place(kind="key", name="optimizer.lr"),
        ),
        measured={"half_batch_ratio": ratio, "batch_size": size},
        remedies=(
            Remedy(
                text='Use reduction="mean", or divide the learning rate by the batch size.',
                patch={"loss.reduction": "mean"},
            ),
        ),
    )


def _severity(*, harmless: bool, grave: bool) -> Severity | None:
    """Return a note for what does no harm, an error for what is seen to; None leaves what the check says of itself."""
    if harmless:
        return Severity.NOTE
    return Severity.ERROR if grave else None
