"""NaN or infinity in gradients."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import ExperimentEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import BLOWS_UP, NO_PROGRESS, merged

STEEP = (
    "sqrt",
    "rsqrt",
    "norm",
    "linalg_vector_norm",
    "pow",
    "std",
    "var",
    "log",
    "acos",
    "asin",
    "atan2",
    "cdist",
    "div",
)
# Infinite slopes need no other cause: any rate and any size meets them sooner or later.
RULED_OUT = tuple(
    effect
    for effect in merged(BLOWS_UP, NO_PROGRESS, ("learning-rate-too-low", "model-too-small"))
    if effect != "nonfinite-gradients"
)


@check(
    severity="error",
    grade="A",
    explains=(
        "loss-not-finite",
        "loss-diverges",
        "chance-accuracy",
        "constant-predictions",
        "cannot-overfit-tiny-set",
        "loss-flat",
        "underfitting",
        "update-too-large",
        "weak-optimizer",
        "per-class-failure",
        "model-too-small",
    ),
)
def nonfinite_gradients(
    experiment: ExperimentEvidence,
    setup: SetupEvidence | None,
    first_batch: FirstBatchEvidence | None,
    train: TrainEvidence | None,
) -> Finding | None:
    """A gradient is NaN or infinite although the loss is finite.

    What it measures:
        The gradients of the first backward pass, parameter by parameter; and the first value of training that is not
        finite.
    Why it matters:
        The next step makes the weights NaN, and every output after it.
    How to fix:
        Slopes that are infinite where the value is fine: ``sqrt`` and ``norm`` at 0, ``pow`` with an exponent below
        one, ``where(x > 0, log(x), 0)`` (both branches get a gradient), ``std`` of one value. Add a small number
        inside. ``torch.autograd.set_detect_anomaly(True)`` names the line.
    When it is not a fault:
        The first steps of a GradScaler (fp16) overflow by design and are skipped.

    References:
        - PyTorch FAQ, "My model reports nan in backward"; issue 10729 on sqrt at zero
    """
    origin = train.nonfinite if train else None
    if origin is not None and origin.what == "gradient":
        steep = origin.operation.lower().startswith(STEEP)
        return _finding(
            f"In step {origin.step} a gradient is not finite although the loss is"
            + (f": first in {origin.layer}" if origin.layer else "")
            + (f" by {origin.operation}" if origin.operation else "")
            + ".",
            origin.layer,
            0.93 if steep else 0.85 if origin.operation else 0.65,
            rules_out=RULED_OUT if steep else (),
        )
    if first_batch is not None and experiment.precision != "fp16" and math.isfinite(first_batch.loss.value):
        broken = [step.name for step in first_batch.parameters if step.gradient == "nonfinite"]
        if broken:
            return _first_batch(broken, len(first_batch.parameters), setup)
    return None


def _first_batch(broken: list[str], total: int, setup: SetupEvidence | None) -> Finding:
    # backward() runs from the last layer to the first: the last broken one was reached first.
    owner = {p.name: p.layer for p in setup.parameters}.get(broken[-1], "") if setup else ""
    return _finding(
        f"On the first batch the loss is finite, but the gradients of {len(broken)} of {total} "
        f"parameters are not; backward() meets "
        f"{broken[-1]} first.",
        owner or broken[-1],
        0.93,
        rules_out=RULED_OUT,
    )


def _finding(message: str, layer: str, confidence: float, rules_out: tuple[str, ...] = ()) -> Finding:
    return Finding(
        message=message,
        confidence=confidence,
        rules_out=rules_out,
        places=(Place(kind="layer", name=layer),) if layer else (),
        remedies=(
            Remedy(
                text="Look behind this layer for sqrt, norm, pow, std or log at zero, and add a "
                "small number inside (sqrt(x + 1e-8))."
            ),
        ),
    )
