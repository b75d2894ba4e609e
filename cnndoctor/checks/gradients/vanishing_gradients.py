"""Early layers receive next to no gradient."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, OverfitEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.depth import early_over_late, gradient_shares
from cnndoctor.signs.effects import NO_PROGRESS, merged
from cnndoctor.signs.success import trained_well


@check(
    severity="warning",
    grade="B",
    explains=merged(NO_PROGRESS, ("learning-rate-too-low", "weak-optimizer", "model-too-small")),
)
def vanishing_gradients(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    *,
    max_ratio: float = 1e-3,
    min_layers: int = 4,
) -> Finding | None:
    """The gradient shrinks on its way to the first layers.

    What it measures:
        Gradient over weight (root mean squares) of the first third of the weight matrices against the last third, on
        the first batch; free of the scale of the loss.
    Why it matters:
        The first layers keep their random weights, and the last ones learn on what these happen to let through.
    How to fix:
        ReLU in place of sigmoid and tanh; BatchNorm; residual connections; He's initialisation; for recurrent nets
        LSTM or GRU.
    When it is not a fault:
        Pretrained early layers that shall change little, and any run that learns well.

    References:
        - Glorot and Bengio 2010; Hochreiter 1991
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if trained_well(train, data.baseline if data else None):
        return None
    shares = gradient_shares(setup, first_batch)
    ratio = early_over_late(shares)
    if len(shares) < min_layers or not math.isfinite(ratio) or ratio > max_ratio:
        return None
    failed = overfit is not None and not overfit.configured.reached
    steps = {step.name: step.gradient_rms for step in first_batch.parameters}
    weakest = min(
        (p for p in setup.parameters if p.trainable and len(p.shape) > 1),
        key=lambda p: steps.get(p.name, math.inf),
    )
    return Finding(
        message=(
            f"The first third of {len(shares)} weight tensors receives {ratio:.1g} of the relative "
            f"gradient of the last third "
            f"(limit {max_ratio:g}); the weakest is {weakest.name}."
        ),
        confidence=0.8 if failed else 0.65,
        severity=Severity.ERROR if failed and train is not None else None,
        places=(Place(kind="layer", name=weakest.layer),),
        measured={"early_over_late": ratio, "tensors": len(shares)},
        remedies=(Remedy(text="Use ReLU, BatchNorm or residual connections, and He's initialisation."),),
    )
