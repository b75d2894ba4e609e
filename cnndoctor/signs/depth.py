"""How a quantity changes over the depth of a network, free of scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from cnndoctor.evidence.first_batch import FirstBatchEvidence, LayerSignal, ParameterStep
from cnndoctor.evidence.setup import Parameter, SetupEvidence

WEIGHTED = ("Conv", "Linear", "LazyConv", "LazyLinear", "Bilinear")  # class names begin with these
NOT_LAYERS = ("Embedding",)
# Deviation, beyond which products of them are large; PyTorch draws 1, Keras 0.03, transformers 0.02.
LARGE_EMBEDDING = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Change of a positive quantity from the first layers to the last.

    Attributes:
        total: Last over first.
        per_layer: Geometric mean factor from one layer to the next.
        layers: Layers looked at.
    """

    total: float
    per_layer: float
    layers: int


def weighted_signals(first_batch: FirstBatchEvidence) -> list[LayerSignal]:
    """Return the signals of convolutions and linear layers, in order of execution."""
    chosen = [layer for layer in first_batch.layers if layer.kind.startswith(WEIGHTED)]
    return sorted(chosen, key=lambda layer: layer.position)


def growth(values: Sequence[float]) -> Growth | None:
    """Return the change over a series of positive values; None when fewer than two are positive and finite.

    Args:
        values: One value per layer, in order of execution.
    """
    usable = [value for value in values if math.isfinite(value) and value > 0]
    if len(usable) < 2:
        return None
    total = usable[-1] / usable[0]
    return Growth(total=total, per_layer=total ** (1 / (len(usable) - 1)), layers=len(usable))


def varying_parts(first_batch: FirstBatchEvidence) -> list[float]:
    """Return, for each convolution or linear layer in order, the part of its output that differs between samples.

    The plain standard deviation also counts the biases, which are the same for every sample and hide a dying signal.
    """
    return [layer.std * layer.varies_over_samples for layer in weighted_signals(first_batch)]


def fades_gradually(first_batch: FirstBatchEvidence, *, max_drop: float = 1e3) -> bool:
    """Return whether the difference between samples dies out over many layers instead of ending at one of them.

    Args:
        first_batch: The signals of one batch.
        max_drop: Largest drop from one layer to the next that still counts as gradual.
    """
    ordered = sorted(first_batch.layers, key=lambda layer: layer.position)
    parts = [layer.varies_over_samples for layer in ordered] + [first_batch.output.varies_over_samples]
    fades = len(parts) > 4 and parts[-1] < 1e-3 * parts[0]
    return fades and all(b > 0 and a / b < max_drop for a, b in pairwise(parts))


def matrices(setup: SetupEvidence) -> list[Parameter]:
    """Return the weights of two axes or more, in registration order, embeddings apart."""
    return [p for p in setup.parameters if len(p.shape) > 1 and not p.kind.startswith(NOT_LAYERS)]


def gradient_shares(setup: SetupEvidence, first_batch: FirstBatchEvidence) -> list[float]:
    """Return gradient over weight (RMS each) of every trainable weight matrix, from first layer to last.

    The share is free of the scale of the loss only in comparison between layers.
    """
    steps: Mapping[str, ParameterStep] = {step.name: step for step in first_batch.parameters}
    position = {layer.path: layer.position for layer in setup.layers}
    ordered = sorted(matrices(setup), key=lambda p: max(position.get(p.layer, 0), 0))
    chosen = [steps[p.name] for p in ordered if p.trainable and p.name in steps]
    return [
        s.gradient_rms / s.weight_rms for s in chosen if s.gradient in {"ok", "zero"} and s.weight_rms > 0
    ]


def early_over_late(values: Sequence[float]) -> float:
    """Return the median of the first third over the median of the last third; NaN with fewer than three values."""
    if len(values) < 3:
        return math.nan
    third = max(1, len(values) // 3)
    late = median(values[-third:])
    return median(values[:third]) / late if late > 0 else math.nan


def relative_std(parameter: Parameter) -> float:
    """Return std times the square root of fan-in: 0.58 for torch's default, 1 for LeCun's, 1.41 for He's initialisation."""
    return parameter.std * math.sqrt(parameter.fan_in) if parameter.fan_in > 0 else math.nan
