"""The loss improves while the score does not."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.success import gain, trained_well


@check(
    severity="warning",
    grade="B",
    explains=("chance-accuracy", "cannot-overfit-tiny-set", "underfitting", "per-class-failure"),
)
def loss_and_metric_disagree(
    data: DataEvidence | None,
    train: TrainEvidence,
    *,
    min_drop: float = 0.3,
    max_gain: float = 0.05,
    min_epochs: int = 4,
) -> Finding | None:
    """The training loss falls clearly, but the training score does not rise.

    What it measures:
        The relative fall of the training loss over the epochs, against the rise of the score on the same batches. And every
        metric of the experiment on one batch against the same samples one by one, where a column of numbers met a row of as
        many in it and was broadcast.
    Why it matters:
        What is optimised is then not what is wanted: a penalty or an auxiliary term falls in place of the data loss,
        the metric is computed wrongly, or the loss rewards something else.
    How to fix:
        Bring outputs and targets to one shape in the metric (``reshape(-1)`` on both). Log the terms of the loss apart;
        recompute the metric by hand on one batch; check that both see the same targets.
    When it is not a fault:
        Imbalanced classes: the loss first learns frequencies. Scores already near their best.

    References:
        - Stack Exchange 352036
        - limits are ours, held by saved runs of scripts/clinic.py, but for ``min_drop``, chosen (docs/thresholds.md)
    """
    if train.metric_pairs:
        name, (whole, alone) = min(train.metric_pairs.items())
        return _broadcast(name, whole, alone)
    epochs = [e for e in train.epochs if math.isfinite(e.train_loss) and math.isfinite(e.train_score)]
    if len(epochs) < min_epochs or trained_well(train, data.baseline if data else None):
        return None
    start, end = epochs[0], epochs[-1]
    drop = (start.train_loss - end.train_loss) / abs(start.train_loss) if start.train_loss else 0.0
    chance = train.train.chance if train.train else math.nan
    reached = gain(end.train_score, chance)
    if (
        drop < min_drop
        or not math.isfinite(reached)
        or reached > max_gain
        or end.train_score > start.train_score + max_gain
    ):
        return None
    return Finding(
        message=(
            f"The training loss falls by {drop:.0%} (from {start.train_loss:.3g} to "
            f"{end.train_loss:.3g}), but {train.metric} stays at "
            f"{end.train_score:.3g}, where a constant answer gives {chance:.3g}."
        ),
        confidence=0.6,
        places=(Place(kind="key", name="loss"),),
        measured={"loss_drop": drop, "score": end.train_score, "chance": chance},
        remedies=(
            Remedy(text="Log the terms of the loss apart, and recompute the metric by hand on one batch."),
        ),
    )


def _broadcast(name: str, whole: float, alone: float) -> Finding:
    return Finding(
        message=(
            f"Metric {name} compares every output with every target, because a column met a row in it: of one batch it says "
            f"{whole:.3g}, of the same samples one by one {alone:.3g}."
        ),
        confidence=0.93,
        severity=Severity.ERROR,
        places=(Place(kind="key", name=f"metrics.{name}"),),
        measured={"metric": name, "of_batch": whole, "one_by_one": alone},
        remedies=(
            Remedy(
                text="Bring outputs and targets to one shape in the metric: reshape(-1) on both, then compare."
            ),
        ),
    )
