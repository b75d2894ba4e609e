"""The loss becomes NaN or infinite, and where that began."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import ExperimentEvidence, FailuresEvidence, FirstBatchEvidence, TrainEvidence
from cnndoctor.evidence.train import FirstNonFinite
from cnndoctor.finding import Finding, Place, Remedy

ADVICE = {
    "log": "Keep the argument of the logarithm away from zero: log(x.clamp_min(1e-8)), or log_softmax instead of log(softmax).",
    "sqrt": "Keep the argument of the root away from zero: sqrt(x + 1e-8); its slope at zero is infinite.",
    "div": "Keep the divisor away from zero: x / y.clamp_min(1e-8).",
    "exp": "Bound the argument of the exponential, or work with logarithms (logsumexp, log_softmax).",
    "pow": "Keep the base of the power positive: x.clamp_min(1e-8) ** p.",
    "norm": "Add a small number under the norm's root: its slope at zero is not defined.",
    "acos": "Clamp the argument to (-1 + 1e-6, 1 - 1e-6).",
}


@check(
    severity="error",
    grade="A",
    explains=(
        "loss-diverges",
        "chance-accuracy",
        "constant-predictions",
        "cannot-overfit-tiny-set",
        "loss-flat",
        "underfitting",
        "weak-optimizer",
        "per-class-failure",
        "update-too-large",
        "model-too-small",
    ),
)
def loss_not_finite(
    experiment: ExperimentEvidence,
    failures: FailuresEvidence,
    first_batch: FirstBatchEvidence | None,
    train: TrainEvidence | None,
) -> Finding | None:
    """The loss becomes NaN or infinite.

    What it measures:
        The loss of the first batch and of every step of training; and the first tensor, in order of execution, that
        was not finite: its layer and the operation that made it.
    Why it matters:
        One NaN spreads to every weight in the next step, and nothing is learnt from there on.
    How to fix:
        Logarithms, roots and divisions: keep their arguments away from zero. Overflow: a smaller learning rate,
        clipping, inputs of ordinary scale. Half precision: bf16 in place of fp16, or an ``eps`` of 1e-4 where 1e-8 is
        rounded to zero.
    When it is not a fault:
        Steps that a GradScaler skips while it looks for its scale are not counted.

    References:
        - torch.autograd.detect_anomaly; "37 reasons why your neural network is not working", 37
    """
    # A loss that raised was never computed.
    if (
        first_batch is not None
        and not any(failure.stage in ("setup", "first-batch") for failure in failures.failures)
        and first_batch.loss.output_shape
        and not math.isfinite(first_batch.loss.value)
    ):
        broken = next((layer.path for layer in first_batch.layers if layer.nonfinite), "")
        where = f"; {broken} is the first layer that puts out values that are not finite" if broken else ""
        after = "" if broken else "; the outputs of all layers are finite, so that it begins in the loss"
        said = (
            f"The loss of the very first batch is "
            f"{first_batch.loss.value}{where}{after if not first_batch.output.nonfinite else ''}."
        )
        return _finding(experiment, said, broken, "", 0.8)
    if train is None or (train.nonfinite is None and train.ended != "not-finite"):
        return None
    origin = train.nonfinite or FirstNonFinite(step=train.steps, what="loss")
    return _finding(
        experiment,
        _message(origin),
        origin.layer,
        origin.operation,
        0.9 if _known(origin) else 0.6,
        origin.step,
    )


def _message(origin: FirstNonFinite) -> str:
    by = f" by {origin.operation}" if origin.operation else ""
    where = f" of {origin.layer}" if origin.layer else ""
    detail = f" ({origin.detail})" if origin.detail else ""
    unknown = "" if _known(origin) else " Why is not known; next experiment: a tenth of the learning rate."
    return (
        f"The first value that is not finite appears in step {origin.step}, in the "
        f"{origin.what}{where}{by}{detail}.{unknown}"
    )


def _known(origin: FirstNonFinite) -> bool:
    return origin.what in {"loss", "activation", "input"} and bool(origin.operation)


def _finding(  # noqa: PLR0917 - the parts of one finding
    experiment: ExperimentEvidence, message: str, layer: str, operation: str, confidence: float, step: int = 0
) -> Finding:
    key = next((key for key in ADVICE if operation.lower().removesuffix("backward0").startswith(key)), "")
    general = "Lower the learning rate to a tenth; clip gradients (train.clip_grad_norm: 1.0); check the scale of the inputs."
    half = (
        (Remedy(text="Use bf16 in place of fp16.", patch={"train.precision": "bf16"}),)
        if experiment.precision == "fp16"
        else ()
    )
    place = (Place(kind="layer", name=layer),) if layer else (Place(kind="key", name="loss"),)
    return Finding(
        message=message,
        confidence=confidence,
        places=(*place, Place(kind="step", name=f"step {step}")),
        measured={"step": step},
        remedies=(Remedy(text=ADVICE.get(key, general)), *half),
    )
