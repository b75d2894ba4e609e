"""Sigmoid or tanh through a deep network."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import FirstBatchEvidence, SetupEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.depth import early_over_late, gradient_shares
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import ASKED, lifts

KINDS = ("Sigmoid", "Tanh", "Softsign", "Hardsigmoid", "Hardtanh", "LogSigmoid")


@check(
    severity="warning",
    grade="B",
    explains=merged(
        ("vanishing-gradients", "saturated-units", "output-ignores-input", "badly-scaled-initialization"),
        LEARNS_NOTHING,
    ),
)
def saturating_activations(
    setup: SetupEvidence, first_batch: FirstBatchEvidence, train: TrainEvidence | None, trials: TrialsEvidence | None,
    *, min_layers: int = 3, max_ratio: float = 0.01,
) -> Finding | None:  # fmt: skip
    """Saturating activations (sigmoid, tanh) stand in a deep network, and the gradient shrinks over its depth.

    What it measures:
        The number of sigmoid-like layers, and gradient over weight of the first third of the layers against the last
        third. After a training that went badly, or kept them at their limits, paired runs with ReLU in their place: where those
        get clearly further on two
        seeds, and no other change does, that is the proof.
    Why it matters:
        The slope of a sigmoid is at most 1/4: after five layers less than a thousandth of the gradient is left.
    How to fix:
        ReLU, GELU or SiLU inside of the network; sigmoid only at an output or a gate. Or BatchNorm before each
        activation.
    When it is not a fault:
        Gates of recurrent layers and squeeze-and-excite blocks; shallow networks; runs that learn well.

    References:
        - Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks"
        - limits are ours; saved runs of scripts/clinic.py hold ``min_layers``, the other is chosen
          (docs/thresholds.md)
    """
    layers = [layer for layer in first_batch.layers if layer.kind in KINDS]
    ratio = early_over_late(gradient_shares(setup, first_batch))
    freed = lifts(trials, "relu", beside=("default-init", "he-init"))
    if not layers or (trained_well(train) and not freed):
        return None
    starved = len(layers) >= min_layers and ratio <= max_ratio  # NaN compares as False: unknown
    if not freed and not starved:
        return None
    shares = f"the first layers receive {ratio:.1g} of the relative gradient of the last ones (limit {max_ratio:g})"
    cured = f"with ReLU in their place the same run gets {freed:.0%} of the way to perfect further"
    told = " and ".join([shares] * starved + [cured] * bool(freed))
    stand = "layer stands" if len(layers) == 1 else "layers stand"
    # A run that went fairly well, and was asked in case, is not kept from training: it could go further.
    stops = bool(freed) and trials is not None and trials.reason != ASKED
    return Finding(
        message=f"{len(layers)} {layers[0].kind} {stand} over the depth of the network: {told}.",
        confidence=0.93 if freed else 0.75,
        severity=Severity.ERROR if stops else None,
        places=tuple(Place(kind="layer", name=layer.path) for layer in layers[:5]),
        measured={"layers": len(layers), "early_over_late": ratio, "gained_by_relu": freed},
        remedies=(
            Remedy(
                text="Use ReLU (or GELU, SiLU) inside of the network, or BatchNorm before each activation."
            ),
        ),
    )
