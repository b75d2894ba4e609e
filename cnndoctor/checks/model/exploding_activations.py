"""Activations that grow without bound, over depth or over steps."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, TrainEvidence
from cnndoctor.evidence.first_batch import LayerSignal
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.series import finite
from cnndoctor.signs.depth import growth, weighted_signals
from cnndoctor.signs.success import trained_well

LATE_GROWTH = 5.0  # of the second half over the second quarter: see the runs named below
NEAR_THE_MOST = 0.9
LARGE = 1e3  # in half precision the next layer but one overflows at 65,504; ordinary layers stay below 100


@check(
    severity="warning",
    grade="B",
    explains=(
        "loss-not-finite",
        "nonfinite-gradients",
        "exploding-gradients",
        "loss-diverges",
        "loss-flat",
        "chance-accuracy",
    ),
)
def exploding_activations(
    first_batch: FirstBatchEvidence | None, data: DataEvidence | None, train: TrainEvidence | None,
    *, max_depth_growth: float = 1e4, max_step_growth: float = 100.0,
) -> Finding | None:  # fmt: skip
    """Activations grow without bound.

    What it measures:
        The growth of the output's standard deviation over the layers of the first batch; and per layer the largest
        activation of the run against that of its first step, in a run that does not learn well and that ends in NaN or goes
        on growing to its end: five times from the second quarter of the looks to the second half.
    Why it matters:
        Large activations give large gradients and large steps, until numbers overflow to infinity.
    How to fix:
        A smaller learning rate, normalisation, a proper initialisation, or clipping, in this order; inputs of
        ordinary scale.
    When it is not a fault:
        Residual streams grow by design, and a head that starts near zero grows a hundred times, then stays; a run that learns
        well is not reported.

    References:
        - He et al. 2015, "Delving Deep into Rectifiers"
        - sound runs of scripts/clinic.py: in 58 of 485 a layer grows more than 100 times, in 5 of these still so late; a critic
          without a bound grows ten times late
    """
    if trained_well(train, data.baseline if data else None):
        return None
    return _over_depth(first_batch, max_depth_growth) or _over_steps(train, max_step_growth)


def _over_depth(first_batch: FirstBatchEvidence | None, limit: float) -> Finding | None:
    if first_batch is None:
        return None
    broken = _overflown(first_batch)
    change = growth([signal.std for signal in weighted_signals(first_batch)])
    if broken is None and (change is None or change.total < limit):
        return None
    last = broken or weighted_signals(first_batch)[-1]
    said = f"layer {last.path} puts out {last.nonfinite:,} values that are not finite" if broken else ""
    grown = (
        f"the signal grows {change.total:.1g} times over {change.layers} layers (limit {limit:g})"
        if change
        else ""
    )
    return _finding(f"On the first batch {said or grown}.", last.path, 0.75)


def _overflown(first_batch: FirstBatchEvidence) -> LayerSignal | None:
    """Return the first layer that is not finite, where one before it is large: masks and logarithms of zero need no growth."""
    reached = 0.0
    for layer in sorted(first_batch.layers, key=lambda layer: layer.position):
        if layer.nonfinite:
            return layer if reached > LARGE else None
        reached = max(reached, abs(layer.minimum), abs(layer.maximum))
    return None


def _over_steps(train: TrainEvidence | None, limit: float) -> Finding | None:
    worst, factor = "", limit
    ended = train is not None and train.nonfinite is not None
    for layer in train.layers if train else ():
        values = finite(layer.activation_max)
        if (
            len(values) > 1
            and values[0] > 0
            and max(values) / values[0] > factor
            and (ended or _grows_on(values))
        ):
            worst, factor = layer.path, max(values) / values[0]
    if not worst:
        return None
    return _finding(
        f"The largest activation of layer {worst} grows {factor:.3g} times during training (limit {limit:g}).",
        worst,
        0.8 if ended else 0.6,
        Severity.ERROR if ended and math.isfinite(factor) else None,
    )


def _grows_on(values: list[float]) -> bool:
    """Return whether it grew late in the run, too, and ends as large as it ever was."""
    quarter, half = len(values) // 4, len(values) // 2
    early, late = max(values[quarter : half + 1]), max(values[half:])
    return late > LATE_GROWTH * early and values[-1] > NEAR_THE_MOST * late


def _finding(message: str, layer: str, confidence: float, severity: Severity | None = None) -> Finding:
    return Finding(
        message=message,
        confidence=confidence,
        severity=severity,
        places=(Place(kind="layer", name=layer),),
        remedies=(
            Remedy(
                text="Lower the learning rate; then normalisation, a proper initialisation, or clip_grad_norm: 1.0."
            ),
        ),
    )
