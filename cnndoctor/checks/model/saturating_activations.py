"""Sigmoid or tanh through a deep network."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.depth import early_over_late, gradient_shares
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

KINDS = ("Sigmoid", "Tanh", "Softsign", "Hardsigmoid", "Hardtanh", "LogSigmoid")


@check(
    severity="warning", grade="C", explains=merged(("vanishing-gradients", "saturated-units"), LEARNS_NOTHING)
)
def saturating_activations(
    setup: SetupEvidence, first_batch: FirstBatchEvidence, train: TrainEvidence | None,
    *, min_layers: int = 3, max_ratio: float = 0.01,
) -> Finding | None:  # fmt: skip
    """Saturating activations (sigmoid, tanh) stand in a deep network, and the gradient shrinks over its depth.

    What it measures:
        The number of sigmoid-like layers, and gradient over weight of the first third of the layers against the last
        third.
    Why it matters:
        The slope of a sigmoid is at most 1/4: after five layers less than a thousandth of the gradient is left.
    How to fix:
        ReLU, GELU or SiLU inside of the network; sigmoid only at an output or a gate. Or BatchNorm before each
        activation.
    When it is not a fault:
        Gates of recurrent layers and squeeze-and-excite blocks; shallow networks; runs that learn well.

    References:
        - Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks"
    """
    layers = [layer for layer in first_batch.layers if layer.kind in KINDS]
    ratio = early_over_late(gradient_shares(setup, first_batch))
    if len(layers) < min_layers or not math.isfinite(ratio) or ratio > max_ratio or trained_well(train):
        return None
    return Finding(
        message=(
            f"{len(layers)} {layers[0].kind} layers in a row of depth: the first layers receive "
            f"{ratio:.1g} of the relative gradient "
            f"of the last ones (limit {max_ratio:g})."
        ),
        confidence=0.8,
        places=tuple(Place(kind="layer", name=layer.path) for layer in layers[:5]),
        measured={"layers": len(layers), "early_over_late": ratio},
        remedies=(
            Remedy(
                text="Use ReLU (or GELU, SiLU) inside of the network, or BatchNorm before each activation."
            ),
        ),
    )
