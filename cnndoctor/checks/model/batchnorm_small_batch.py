"""BatchNorm over very few samples."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.data import SimpleBaseline
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY, NO_PROGRESS, merged
from cnndoctor.signs.success import evaluation_gain, gain, held_out_gain, trained_well


@check(severity="warning", grade="B", explains=merged(EVALUATES_WRONGLY, NO_PROGRESS, ("noisy-gradients",)))
def batchnorm_small_batch(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    *,
    max_batch: int = 4,
    min_gap: float = 0.1,
    min_share: float = 0.8,
) -> Finding | None:
    """BatchNorm takes its statistics from very few samples.

    What it measures:
        The batch size of training, in a model with BatchNorm in training mode that does not learn well; and the same
        samples scored with batch statistics and with running ones.
    Why it matters:
        The mean of two or four samples is mostly noise: training sees another network at every step, and the running
        averages used in eval mode fit none of them.
    How to fix:
        A larger batch (16 or more); ``GroupNorm`` or ``LayerNorm``, which do not look at the batch; or keep a
        pretrained BatchNorm in eval mode. Accumulating gradients does not help: the statistics stay those of the
        small batch.
    When it is not a fault:
        Segmentation with large maps has many positions per channel even in a small batch: silent where the run learns
        well.

    References:
        - Wu and He 2018, "Group Normalization", figure 1: error grows below 16 samples per batch
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    norms = [
        layer.path
        for layer in setup.layers
        if layer.path in set(setup.normalisation)
        and "BatchNorm" in layer.kind
        and layer.path not in setup.in_eval_on_purpose
    ]
    size = first_batch.batch_size
    if not norms or not 0 < size <= max_batch or train is None:
        return None
    gap = evaluation_gain(train.train_in_train_mode) - evaluation_gain(train.train)
    confirmed = abs(gap) > min_gap
    baseline = data.baseline if data else None
    if trained_well(train, baseline) and not (confirmed and _short_of(baseline, train, min_share)):
        return None
    better = "better" if gap > 0 else "worse"
    return Finding(
        message=(
            f"{len(norms)} BatchNorm layers take their statistics from {size} samples"
            + (
                f"; with those the same samples score {abs(gap):.0%} of the range {better}."
                if confirmed
                else "."
            )
        ),
        confidence=0.85 if confirmed else 0.55,
        severity=Severity.ERROR if confirmed else None,
        places=(Place(kind="key", name="data.loader.batch_size"), Place(kind="layer", name=norms[0])),
        measured={"batch_size": size},
        remedies=(
            Remedy(text="Use a batch of 16 or more.", patch={"data.loader.batch_size": 32}),
            Remedy(text="Or GroupNorm instead of BatchNorm."),
        ),
    )


def _short_of(baseline: SimpleBaseline | None, train: TrainEvidence, share: float) -> bool:
    """Tell whether the run stays well below what simple models reach on the same data."""
    reference = gain(baseline.validation, baseline.chance) if baseline else math.nan
    return held_out_gain(train) < share * reference  # NaN compares as False: unknown
