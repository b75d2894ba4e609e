"""The last activation's range leaves out targets that occur."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.data import TensorFacts
from cnndoctor.evidence.first_batch import OutputFacts
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects
from cnndoctor.signs.success import trained_well

VALUE_LOSSES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        ("unscaled-targets", "saturated-units", "dead-relu", "vanishing-gradients", "loss-far-from-chance"),
    ),
)
def output_cannot_reach_targets(
    setup: SetupEvidence, data: DataEvidence, first_batch: FirstBatchEvidence, train: TrainEvidence | None,
    *, max_excess: float = 0.05,
) -> Finding | None:  # fmt: skip
    """The range of the last activation does not hold the targets.

    What it measures:
        The range of the output (that of its last activation, or what inputs scaled, negated and real show, or where the
        output stops when the last layer's weights are multiplied by -20, -2000 and 2000) against the smallest and largest
        training target, in standard deviations of the targets. Of a loss of one's own, where it compares the output with
        targets of its shape, by a loss of torch's or as a difference.
    Why it matters:
        A ReLU cannot give negative numbers, a tanh nothing beyond one, a sigmoid nothing outside of (0, 1). What lies
        outside is never reached; the unit sits at its limit, where its gradient vanishes.
    How to fix:
        Make the last layer linear for regression. Or scale the targets into the activation's range and scale
        predictions back.
    When it is not a fault:
        Targets inside of the range (a sigmoid for values in [0, 1], a ReLU or softplus for counts) are right. A few
        outliers just beyond the limit in a run that learns well are a note.

    References:
        - "37 reasons why your neural network is not working"; Stack Exchange 352036
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    output, targets = first_batch.output, _targets(setup, first_batch, data)
    if targets is None or targets.std <= 0 or not first_batch.loss.prediction_is_output:
        return None
    low, high, name = _range(output)
    below = max(0.0, low - targets.minimum) / targets.std
    above = max(0.0, targets.maximum - high) / targets.std
    if max(below, above) <= max_excess:
        return None
    # Two standard deviations between the mean and the limit: a few outliers lie beyond, not a part of the data.
    outliers = targets.mean - low > 2 * targets.std and high - targets.mean > 2 * targets.std
    return Finding(
        message=_message(targets, low, high, name, max(below, above)),
        confidence=0.97 if output.last_activation else 0.9,
        severity=Severity.NOTE if trained_well(train, data.baseline) and outliers else None,
        places=(Place(kind="layer", name=output.last_layer), Place(kind="key", name="data.train")),
        measured={
            "low": low,
            "high": high,
            "target_minimum": targets.minimum,
            "target_maximum": targets.maximum,
        },
        remedies=(
            Remedy(text="Remove the activation after the last layer: a regression head is linear."),
            Remedy(text="Or scale the targets into the activation's range, and scale predictions back."),
        ),
    )


def _targets(setup: SetupEvidence, first_batch: FirstBatchEvidence, data: DataEvidence) -> TensorFacts | None:
    """Return the targets of a regression: of the data, or those that met the output in a loss of the user's own."""
    call = first_batch.loss
    if expects(setup.loss) == "values" and not call.own_targets:
        return data.train.targets
    seen = call.target_range
    alike = call.function in VALUE_LOSSES or (call.difference and call.output_shape == call.target_shape)
    if (setup.loss.known and not call.own_targets) or not alike or len(seen) != 3:
        return None
    low, high, spread = seen
    return replace(data.train.targets, minimum=low, maximum=high, mean=(low + high) / 2, std=spread)


def _range(output: OutputFacts) -> tuple[float, float, str]:
    """Return the reachable range and what limits it."""
    name = output.last_activation
    if len(output.bounds) == 2 and name:
        return output.bounds[0], output.bounds[1], name
    varied = output.maximum > output.minimum
    wide = (
        bool(output.shape)
        and 0 < output.class_axis < len(output.shape)
        and output.shape[output.class_axis] > 1
    )
    if (output.in_unit_interval and varied and output.varies_over_samples > 1e-6) or (
        output.sums_to_one and wide
    ):
        return 0.0, 1.0, name or ("softmax" if output.sums_to_one else "sigmoid")
    # Exact zeros are the mark of a rectifier; a small positive output alone proves no limit.
    if output.never_negative and varied and output.zero_share > 0:
        return 0.0, math.inf, name or "rectifier"
    if any(math.isfinite(limit) for limit in output.limits):
        return output.limits[0], output.limits[1], name or "a limit"
    return -math.inf, math.inf, ""


def _message(targets: TensorFacts, low: float, high: float, name: str, excess: float) -> str:
    return (
        f"The output ends in {name} and stays in [{low:g}, {high:g}], but targets run from {targets.minimum:.4g} to "
        f"{targets.maximum:.4g}: {excess:.1f} of their standard deviations out of reach."
    )
