"""The size of updates against weights, over the layers where the ratio means something."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from cnndoctor.evidence.train import LayerSeries, TrainEvidence
from cnndoctor.series import finite

NOT_COUNTED = ("Norm", "Embedding", "PReLU", "Scale")
FIRST_LOOKS = 2  # Adam's first steps and a warm-up say nothing about the run


def weight_layers(train: TrainEvidence) -> list[LayerSeries]:
    """Return the layers with a weight matrix or kernel that is updated."""
    return [
        layer
        for layer in train.layers
        if layer.update_ratio
        and not any(word in layer.kind for word in NOT_COUNTED)
        and finite(layer.update_ratio)
    ]


def median_ratio(layers: Sequence[LayerSeries], *, first_half: bool = False) -> float:
    """Return the median over layers of the median update ratio over the sampled steps after the first two.

    Args:
        layers: From ``weight_layers``.
        first_half: Leave out the second half of the steps.
    """
    return median(median(_counted(layer.update_ratio, first_half=first_half)) for layer in layers)


def _counted(ratios: Sequence[float], *, first_half: bool) -> list[float]:
    end = max(FIRST_LOOKS + 1, len(ratios) // 2) if first_half else len(ratios)
    return finite(ratios[FIRST_LOOKS:end]) or finite(ratios)
