"""A reported metric that is impossible, or unlike a plain recomputation."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy

SHARES = (
    "acc",
    "precision",
    "recall",
    "f1",
    "auc",
    "auroc",
    "iou",
    "jaccard",
    "dice",
    "top1",
    "top5",
    "specificity",
    "sensitivity",
)


@check(severity="error", grade="A", explains=("loss-and-metric-disagree", "validation-better-than-train"))
def metric_out_of_range(
    train: TrainEvidence, *, max_difference: float = 0.02, max_by_batch: float = 0.05
) -> Finding | None:
    """A reported metric is impossible, or differs from a plain recomputation.

    What it measures:
        Metrics that are shares (accuracy, F1, IoU …) against [0, 1] or [0, 100]; and accuracy against its
        recomputation from the same outputs and targets. And each share of validation's batches as they come against that of
        all their samples at once: an F1, a recall or an AUC is no mean over batches (a twentieth apart counts; chosen: a
        planted one was a sixth off).
    Why it matters:
        Decisions rest on the metric. Typical slips: summing correct answers and dividing by batches, comparing [N, 1]
        with [N] (which counts N x N pairs), an argmax over the wrong axis or over a single unit, an F1 averaged over batches.
    How to fix:
        ``(scores.argmax(1) == targets).float().mean()`` over samples; for one output ``(scores.squeeze(1) > 0)``; not
        reset metrics accumulate over epochs.
    When it is not a fault:
        Percentages are understood. A metric that only shares a name with another is to be renamed or ignored with a
        reason.

    References:
        - Stack Overflow 75915809, "accuracy more than 1"
        - limits are ours; saved runs of scripts/clinic.py hold ``max_by_batch``, the other is chosen
          (docs/thresholds.md)
    """
    for name, (reported, plain) in sorted(train.custom_metric_mismatch.items()):
        near = min(abs(reported - plain), abs(reported / 100 - plain))
        if not math.isfinite(near) or near > max_difference:
            return _finding(
                name,
                f"Metric {name} reports {reported:.4g}; recomputed from the same outputs it is {plain:.4g}.",
                0.92,
            )
    for name, (by_batch, whole) in sorted(train.metric_batches.items()):
        # NaN compares as False: a metric without a value says nothing.
        if name.lower().startswith(SHARES) and abs(by_batch - whole) > max_by_batch * max(
            abs(by_batch), abs(whole)
        ):
            return _by_batch(name, by_batch, whole)
    for epoch in train.epochs:
        for name, value in sorted(epoch.metrics.items()):
            word = name.rsplit("/", 1)[-1].lower()
            if word.startswith(SHARES) and (value < 0 or value > 100 * (1 + 1e-6)):
                said = (
                    f"Metric {name} is {value:.4g} in epoch {epoch.index}, and a share lies in [0, "
                    f"1] (or [0, 100] percent)."
                )
                return _finding(word, said, 0.95)
    return None


def _by_batch(name: str, by_batch: float, whole: float) -> Finding:
    return Finding(
        message=f"Metric {name} is taken batch by batch: of validation's batches it says {by_batch:.4g}, of all their samples "
        f"at once {whole:.4g}.",
        confidence=0.92,
        places=(Place(kind="key", name=f"metrics.{name}"),),
        measured={"metric": name, "batch by batch": by_batch, "at once": whole},
        remedies=(
            Remedy(
                text="Add up counts (hits, predicted, true), or keep outputs and targets, in update; divide once, in compute."
            ),
        ),
    )


def _finding(name: str, message: str, confidence: float) -> Finding:
    return Finding(
        message=message,
        confidence=confidence,
        places=(Place(kind="key", name=f"metrics.{name.rsplit('/', 1)[-1]}"),),
        remedies=(
            Remedy(
                text="Count correct answers over samples: bring scores and targets to one shape, argmax over the class axis."
            ),
        ),
    )
