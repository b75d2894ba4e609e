"""The loss becomes NaN or infinite, and where that began."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import ExperimentEvidence, FailuresEvidence, FirstBatchEvidence, TrainEvidence
from cnndoctor.evidence.train import FirstNonFinite
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import BLOWS_UP, NO_PROGRESS, merged

# Operation, as torch names it in forward or backward → how to keep it defined.
ADVICE = {
    "log": "Keep the argument of the logarithm away from zero: log(x.clamp_min(1e-8)), or log_softmax instead of log(softmax).",
    "logit": "Keep the argument away from 0 and 1: torch.logit(x, eps=1e-6).",
    "sqrt": "Keep the argument of the root away from zero: sqrt(x + 1e-8); its slope at zero is infinite.",
    "rsqrt": "Keep the argument of the root away from zero: rsqrt(x + 1e-8).",
    "div": "Keep the divisor away from zero: x / y.clamp_min(1e-8).",
    "reciprocal": "Keep the divisor away from zero: 1 / x.clamp_min(1e-8).",
    "pow": "Keep the base of the power positive: x.clamp_min(1e-8) ** p.",
    "linalg_vector_norm": "Add a small number under the norm's root: its slope at zero is not defined.",
    "linalgvectornorm": "Add a small number under the norm's root: its slope at zero is not defined.",
    "norm": "Add a small number under the norm's root: its slope at zero is not defined.",
    "std": "Use sqrt(x.var() + 1e-8) in place of std(): its slope at zero is infinite.",
    "acos": "Clamp the argument to (-1 + 1e-6, 1 - 1e-6).",
    "asin": "Clamp the argument to (-1 + 1e-6, 1 - 1e-6).",
    "atanh": "Clamp the argument to (-1 + 1e-6, 1 - 1e-6).",
    "exp": "Bound the argument of the exponential, or work with logarithms (logsumexp, log_softmax).",
}
OF_A_MASK = (
    "Mask with a large finite number (-1e9) in place of minus infinity, or keep what is masked out of the product and the "
    "difference: 0 times infinity is NaN."
)
DEFINED_EVERYWHERE = {
    "exp"
}  # overflows only on arguments that are large already: something else made them large
# What a step that is undefined by itself accounts for: any rate and any size meets it sooner or later.
RULED_OUT = merged(BLOWS_UP, NO_PROGRESS, ("learning-rate-too-low", "model-too-small", "update-too-small"))


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
    *,
    max_argument: float = 1e4,
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
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    if train is not None and (train.nonfinite is not None or train.ended == "not-finite"):
        origin = train.nonfinite or FirstNonFinite(step=train.steps, what="loss")
        return _from_step(experiment, origin, max_argument)
    # A loss that raised was never computed.
    raised = any(failure.stage in ("setup", "first-batch") for failure in failures.failures)
    if first_batch is None or raised or not first_batch.loss.output_shape:
        return None
    return None if math.isfinite(first_batch.loss.value) else _from_first_batch(experiment, first_batch)


def _from_first_batch(experiment: ExperimentEvidence, first_batch: FirstBatchEvidence) -> Finding:
    """Say which layer begins it; training did not run, so that no operation is known."""
    broken = next((layer.path for layer in first_batch.layers if layer.nonfinite), "")
    if broken:
        where = f"; layer {broken} is the first that puts out values that are not finite"
    elif first_batch.output.nonfinite:
        where = ""
    else:
        where = "; the outputs of all layers are finite, so that it begins in the loss"
    message = f"The loss of the very first batch is {first_batch.loss.value}{where}."
    return _finding(experiment, FirstNonFinite(step=0, what="loss", layer=broken), message, confidence=0.8)


def _from_step(experiment: ExperimentEvidence, origin: FirstNonFinite, max_argument: float) -> Finding:
    """Say which operation made it; one that is undefined on ordinary numbers needs no other cause."""
    key = _advice_key(origin.operation)
    undefined = _of_a_mask(origin) or (
        key not in {"", *DEFINED_EVERYWHERE} and abs(origin.largest) <= max_argument
    )
    confidence = 0.95 if undefined else 0.9 if _known(origin) else 0.6
    # What begins in a gradient has a check of its own, which rules out for both.
    rules_out = RULED_OUT if undefined and origin.what != "gradient" else ()
    return _finding(experiment, origin, _message(origin), confidence=confidence, rules_out=rules_out)


def _message(origin: FirstNonFinite) -> str:
    by = f" by '{origin.operation}'" if origin.operation else ""
    where = f" of {origin.layer}" if origin.layer else ""
    detail = f" ({origin.detail})" if origin.detail else ""
    unknown = "" if _known(origin) else " Why is not known; next experiment: a tenth of the learning rate."
    return (
        f"The first value that is not finite appears in step {origin.step}, in the "
        f"{origin.what}{where}{by}{detail}.{unknown}"
    )


def _known(origin: FirstNonFinite) -> bool:
    return origin.what in {"loss", "activation", "input"} and bool(origin.operation)


def _of_a_mask(origin: FirstNonFinite) -> bool:
    """Return whether infinities that were filled in on purpose became NaN: with the first such batch, at any rate and size."""
    return math.isinf(origin.largest)


def _advice_key(operation: str) -> str:
    """Return the operation's entry in ADVICE: log2 and log10 are logarithms, powbackward1 is a power; empty without one."""
    name = operation.lower()
    if name in ADVICE:
        return name
    return next(
        (key for key in ADVICE if name.startswith(key) and name.removeprefix(key).strip("0123456789p") == ""),
        "",
    )


def _finding(
    experiment: ExperimentEvidence,
    origin: FirstNonFinite,
    message: str,
    *,
    confidence: float,
    rules_out: tuple[str, ...] = (),
) -> Finding:
    general = "Lower the learning rate to a tenth; clip gradients (train.clip_grad_norm: 1.0); check the scale of the inputs."
    half = (
        (Remedy(text="Use bf16 in place of fp16.", patch={"train.precision": "bf16"}),)
        if experiment.precision == "fp16"
        else ()
    )
    advice = OF_A_MASK if _of_a_mask(origin) else ADVICE.get(_advice_key(origin.operation), general)
    place = Place(kind="layer", name=origin.layer) if origin.layer else Place(kind="key", name="loss")
    return Finding(
        message=message,
        confidence=confidence,
        places=(place, Place(kind="step", name=f"step {origin.step}")),
        measured={"step": origin.step, "operation": origin.operation},
        remedies=(Remedy(text=advice), *half),
        rules_out=rules_out,
    )
