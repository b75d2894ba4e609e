"""Prediction and target meet in different shapes, and broadcasting compares every one with every other."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import FailuresEvidence, FirstBatchEvidence, SetupEvidence
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.losses import is_elementwise

REFUSALS = ("must be the same as input size", "is different to the input size")


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "user-code-raises",
            "loss-far-from-chance",
            "samples-mixed-in-batch",
            "summed-loss",
            "unscaled-targets",
            "labels-unrelated-to-inputs",
        ),
    ),
)
def broadcast_targets(
    setup: SetupEvidence,
    failures: FailuresEvidence,
    first_batch: FirstBatchEvidence | None,
    *,
    max_difference: float = 1e-3,
) -> Finding | None:
    """Prediction and target have different shapes and are broadcast against each other.

    What it measures:
        The shapes of the two tensors at the loss call, and the loss with the prediction brought to the target's
        shape.
    Why it matters:
        [N, 1] against [N] becomes [N, N]: every prediction is compared with every target of the batch, and the best
        the model can do is to predict their mean. Torch warns once and trains on. BCE losses refuse such shapes.
    How to fix:
        Bring both to one shape: ``model(x).squeeze(1)``, or ``target.unsqueeze(1)`` (in the data set: one-element
        targets).
    When it is not a fault:
        Shapes that differ on purpose inside of a custom loss are reported only when the loss changes with the shape.

    References:
        - torch.nn.MSELoss, "Using a target size that is different to the input size … due to broadcasting"
        - Stack Exchange 352036
        - the limit is ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if first_batch is None or not first_batch.loss.output_shape:
        return _refused(setup, failures)
    loss = first_batch.loss
    met = _broadcast(loss.output_shape, loss.target_shape)
    largest = max(math.prod(loss.output_shape), math.prod(loss.target_shape))
    if (
        not loss.target_shape
        or loss.output_shape == loss.target_shape
        or met is None
        or math.prod(met) <= largest
    ):
        return None if loss.output_shape == loss.target_shape else _refused(setup, failures)
    matters = math.isfinite(loss.aligned_value) and abs(
        loss.aligned_value - loss.value
    ) > max_difference * abs(loss.value)
    if not (is_elementwise(setup.loss) or matters):
        return None
    aligned = (
        f" Compared one to one, the loss would be {loss.aligned_value:.4g}, not {loss.value:.4g}."
        if matters
        else ""
    )
    return _finding(
        f"Prediction {list(loss.output_shape)} meets target {list(loss.target_shape)} at the loss: broadcast to {list(met)}, "
        f"every prediction is compared with every target.{aligned}",
        0.97 if matters or setup.loss.known else 0.9,
        loss.output_shape,
    )


def _refused(setup: SetupEvidence, failures: FailuresEvidence) -> Finding | None:
    for failure in failures.failures:
        if is_elementwise(setup.loss) and any(refusal in failure.message for refusal in REFUSALS):
            return _finding(f"Prediction and target have different shapes: {failure.message}", 0.9, ())
    return None


def _finding(message: str, confidence: float, shape: tuple[int, ...]) -> Finding:
    squeeze = "squeeze(1)" if len(shape) == 2 and shape[1] == 1 else "squeeze(-1)"
    return Finding(
        message=message,
        confidence=confidence,
        places=(Place(kind="key", name="model"), Place(kind="key", name="data.train")),
        remedies=(
            Remedy(
                text=f"Bring both to one shape: {squeeze} on the output of the model, or unsqueeze(-1) on the target."
            ),
        ),
    )


def _broadcast(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape both broadcast to; None where they cannot."""
    rank = max(len(first), len(second))
    pairs = zip((1,) * (rank - len(first)) + first, (1,) * (rank - len(second)) + second, strict=True)
    met = []
    for a, b in pairs:
        if a != b and 1 not in (a, b):
            return None
        met.append(max(a, b))
    return tuple(met)
