"""An imbalance that the last bias could say from the start."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.losses import expects


@check(severity="note", grade="C")
def output_bias_ignores_priors(
    setup: SetupEvidence,
    data: DataEvidence,
    first_batch: FirstBatchEvidence,
    *,
    min_top_share: float = 0.7,
    min_gain: float = 0.3,
) -> Finding | None:
    """Classes are imbalanced, and the last bias starts as if they were not.

    What it measures:
        The share of the most frequent class, and the first loss against the entropy of the class frequencies.
    Why it matters:
        The first steps only teach the network how frequent the classes are; the curve starts with a steep and useless
        drop.
    How to fix:
        ``head.bias.data = torch.log(class_frequencies)``; for one output ``log(p / (1 - p))``.
    When it is not a fault:
        Always: it costs some steps, no quality.

    References:
        - Karpathy, "A Recipe for Training Neural Networks", "init well"; Lin et al. 2017, "Focal Loss", section 4.1
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    counts, loss = data.train.labels.histogram, first_batch.loss
    if expects(setup.loss) not in {"scores", "binary-scores"} or not counts or setup.loss.has_class_weights:
        return None
    top = max(counts.values()) / max(1, sum(counts.values()))
    gain = loss.value - loss.expected
    if (
        top < min_top_share
        or top >= 1
        or not math.isfinite(gain)
        or gain < min_gain
        or setup.loss.reduction == "sum"
    ):
        return None
    return Finding(
        message=f"The most frequent class has {top:.0%} of the samples; a last bias that says so "
        f"would start the loss {gain:.2f} lower.",
        confidence=0.6,
        severity=Severity.NOTE,
        places=(Place(kind="layer", name=first_batch.output.last_layer),),
        measured={"top_share": top, "gain": gain},
        remedies=(Remedy(text="Set the last bias to the logarithm of the class frequencies."),),
    )
