"""A deep network without normalisation whose initialisation lets the signal shrink or grow from layer to layer."""

from __future__ import annotations

from statistics import median

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, OverfitEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.depth import (
    Growth,
    early_over_late,
    gradient_shares,
    growth,
    matrices,
    relative_std,
    varying_parts,
)
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well

SATURATING = {"Sigmoid", "Tanh", "Softsign", "Hardsigmoid", "Hardtanh", "LogSigmoid"}


@check(
    severity="warning",
    grade="B",
    explains=merged(
        LEARNS_NOTHING, BLOWS_UP, ("vanishing-gradients", "output-ignores-input", "saturated-units", "parameters-not-updating",
                                   "half-precision-fault"),
    ),
)  # fmt: skip
def model_too_deep_for_its_init(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    *,
    min_layers: int = 8,
    min_factor: float = 0.75,
    max_factor: float = 1.6,
    min_total: float = 100.0,
) -> Finding | None:
    """The signal shrinks (or grows) in every layer of a deep network without normalisation.

    What it measures:
        The part of the outputs of convolutions and linear layers that differs between samples, over depth: the factor per
        layer and in total, in a network of at least eight such layers whose weights have an ordinary scale.
    Why it matters:
        Torch's default initialisation is made for shallow nets: with ReLU it loses a factor of about 0.4 per layer.
        After ten layers the output hardly depends on the input, and early layers get next to no gradient. Plain VGG
        nets need normalisation or a careful start for this reason.
    How to fix:
        BatchNorm (or another normalisation) after each convolution; residual connections; or
        ``nn.init.kaiming_normal_(w, nonlinearity="relu")`` for every layer. Start from fewer layers and add.
    When it is not a fault:
        Residual networks, whose skip connections carry the signal, and runs that learn well.

    References:
        - He et al. 2015, "Delving Deep into Rectifiers"; Stack Exchange 352036 (VGG without normalisation)
        - limits are ours; saved runs of scripts/clinic.py hold ``min_layers`` and ``min_factor``, the others are
          chosen (docs/thresholds.md)
    """
    change = growth(varying_parts(first_batch))
    if change is None or change.layers < min_layers or trained_well(train, data.baseline if data else None):
        return None
    shrinks = change.per_layer < min_factor and change.total < 1 / min_total
    grows = change.per_layer > max_factor and change.total > min_total
    if not (shrinks or grows) or not _ordinary(setup):
        return None
    squashing = sum(layer.kind in SATURATING for layer in first_batch.layers)
    if 2 * squashing >= change.layers:
        return None  # saturating activations lose the signal, at any initialisation
    failed = (overfit is not None and not overfit.configured.reached) or train is not None
    ratio = early_over_late(gradient_shares(setup, first_batch))
    return Finding(
        message=_message(change, ratio),
        confidence=0.88 if failed else 0.7,
        severity=Severity.ERROR if failed and change.layers >= min_layers else None,
        places=(Place(kind="key", name="model"),),
        measured={
            "layers": change.layers,
            "factor_per_layer": change.per_layer,
            "total": change.total,
            "gradient_ratio": ratio,
        },
        remedies=(
            Remedy(text="Add BatchNorm after each convolution or linear layer, or residual connections."),
            Remedy(
                text='Or initialise with nn.init.kaiming_normal_(weight, nonlinearity="relu"), biases at 0.'
            ),
        ),
    )


def _ordinary(setup: SetupEvidence, low: float = 0.3, high: float = 3.0) -> bool:
    """Tell whether weights have the scale of a usual initialisation; otherwise that is the fault, not the depth."""
    scales = [relative_std(p) for p in matrices(setup) if p.fan_in > 0]
    return bool(scales) and low <= median(scales) <= high


def _message(change: Growth, ratio: float) -> str:
    word = "shrinks" if change.total < 1 else "grows"
    return (
        f"Over {change.layers} layers without effective normalisation the signal {word} by a factor "
        f"{change.per_layer:.2f} per layer "
        f"({change.total:.1g} in all); the first layers receive {ratio:.1g} of the relative gradient of the last."
    )
