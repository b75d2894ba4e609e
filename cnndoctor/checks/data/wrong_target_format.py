"""The loss wants targets of another form than the data set gives."""

from __future__ import annotations

import math
import re

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FailuresEvidence,
    FirstBatchEvidence,
    SetupEvidence,
    TrainEvidence,
)
from cnndoctor.evidence.data import TensorFacts
from cnndoctor.finding import Finding, Place, Remedy, Severity, UserFailure
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.losses import takes_shares
from cnndoctor.signs.success import trained_well

# What the losses of torch say, and what to do about it; the first that matches counts.
REFUSALS = (
    (
        r"0D or 1D target tensor expected|multi-target not supported|only batches of spatial targets supported",
        "Give class indices: targets.argmax(1) for one-hot vectors, targets.squeeze(1) for a spare axis.",
    ),
    (
        (
            r"expected scalar type Long but found|expected target dtype to be Long|"
            r"not implemented for '(Int|Short|Byte|Char|Float|Double|Bool)'"
        ),
        "Give class indices as int64: targets.long().",
    ),
    (
        r"Expected floating point type for target with class probabilities, got (Long|Int)",
        "Give class indices of shape [N], or float probabilities of the shape of the outputs: targets.float().",
    ),
    (
        (
            r"Expected target size|size mismatch \(got input|Target size .* must be the same as input "
            r"size|target sizes?.* different"
        ),
        "Bring targets to the shape that the loss compares: targets.unsqueeze(1) beside outputs [N, 1], or class axis second.",
    ),
    (
        (
            r"Found dtype \w+ but expected \w+|result type \w+ can't be cast to the desired output "
            r"type|expected scalar type (Float|Half)"
        ),
        "Give targets the outputs' dtype: targets.float().",
    ),
    (r"all elements of target should be between 0 and 1", "Scale the targets to 0..1."),
)
PHASES = {"loss", "backward", "step"}
BINARY = {"BCEWithLogitsLoss", "BCELoss", "binary_cross_entropy_with_logits", "binary_cross_entropy"}
SIGNED = {"SoftMarginLoss", "HingeEmbeddingLoss", "soft_margin_loss", "hinge_embedding_loss"}


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=merged(
        ("user-code-raises", "loss-goes-the-wrong-way", "loss-far-from-chance", "broadcast-targets"),
        LEARNS_NOTHING,
        BLOWS_UP,
    ),
)
def wrong_target_format(  # noqa: PLR0917 - the evidence it needs
    experiment: ExperimentEvidence,
    data: DataEvidence,
    failures: FailuresEvidence,
    setup: SetupEvidence | None,
    train: TrainEvidence | None,
    first_batch: FirstBatchEvidence | None,
) -> Finding | None:
    """Targets have another form than the loss wants: one-hot for indices, another dtype, shape or range.

    What it measures:
        What torch says when the loss refuses the targets; and targets outside the range of losses that accept them in silence
        (binary cross-entropy wants 0..1, margin losses want -1 and 1). A loss of one's own is asked: where it has no
        gradient at all samples of one of two target values, whatever the output is, it wants other numbers for them.
    Why it matters:
        Cross-entropy wants int64 class indices [N]; binary cross-entropy wants floats in the outputs' shape, 0..1. A mask of 0
        and 255 makes the loss hugely negative without any error.
    How to fix:
        ``targets.argmax(1)`` turns one-hot into indices, ``targets.long()`` and ``targets.float()`` set the dtype,
        ``targets.squeeze(1)`` or ``targets.unsqueeze(1)`` the shape, ``mask / 255`` or ``(mask > 0).float()`` the range.
    When it is not a fault:
        Class probabilities (soft labels) for cross-entropy, in the shape of the outputs.

    References:
        - https://docs.pytorch.org/docs/stable/nn.html#loss-functions
    """
    for failure in failures.failures:
        advice = _advice(failure)
        if advice:
            return _refused(data.train.targets, failure, advice)
    known = setup is not None and setup.loss.known and not experiment.custom_step
    loss = setup.loss.name if setup is not None and known else ""
    targets, labels = data.train.targets, data.train.labels
    low, high = min(labels.lowest, targets.minimum), max(labels.highest, targets.maximum)
    if not targets.count or trained_well(train, data.baseline):
        return None
    if loss in BINARY and (low < 0 or high > 1):
        how = "(targets + 1) / 2" if low == -1 else "one column per class"
        how = "(mask > 0).float()" if high == 255 else how
        return _outside(
            f"{loss} wants targets between 0 and 1; they run from {low:g} to {high:g}", low, high, how
        )
    if loss in SIGNED and low == 0 and high == 1 and targets.integral:
        return _outside(f"{loss} wants targets -1 and 1; they are 0 and 1", low, high, "2 * targets - 1")
    untaught = first_batch.loss.untaught_target if first_batch is not None else math.nan
    if first_batch is None or not math.isfinite(untaught) or takes_shares(first_batch):
        return None
    return _untaught(untaught)


def _advice(failure: UserFailure) -> str:
    if failure.phase not in PHASES:
        return ""
    return next((advice for pattern, advice in REFUSALS if re.search(pattern, failure.message)), "")


def _refused(targets: TensorFacts, failure: UserFailure, advice: str) -> Finding:
    dtype = max(targets.dtypes.items(), key=lambda item: item[1])[0] if targets.dtypes else targets.kind
    shape = max(targets.shapes.items(), key=lambda item: item[1])[0] if targets.shapes else ""
    form = f"{dtype} of shape {shape}" if shape else f"{dtype} numbers"
    return Finding(
        message=f"Each sample's target is {form}, and the loss refuses it: {failure.message}",
        confidence=0.93,
        places=(
            Place(kind="key", name="data.train"),
            Place(kind="key", name="loss"),
            *(
                (Place(kind="source", name=failure.file, file=failure.file, line=failure.line),)
                if failure.file
                else ()
            ),
        ),
        measured={"dtype": dtype, "shape": shape or "one number"},
        remedies=(Remedy(text=advice),),
    )


def _untaught(value: float) -> Finding:
    return Finding(
        message=f"The loss does not look at the outputs of samples whose target is {value:g}: whatever the model says of "
        "them, its gradient there is exactly 0, so that nothing is ever learnt of them.",
        confidence=0.95,
        severity=Severity.ERROR,
        places=(Place(kind="key", name="data.train"), Place(kind="key", name="loss")),
        measured={"untaught_target": value},
        remedies=(
            Remedy(
                text="A hinge or margin loss wants the targets -1 and 1: convert 0 and 1 by 2 * targets - 1."
            ),
        ),
    )


def _outside(words: str, low: float, high: float, how: str) -> Finding:
    return Finding(
        message=f"{words}.",
        confidence=0.95,
        severity=Severity.ERROR,
        places=(Place(kind="key", name="data.train"), Place(kind="key", name="loss")),
        measured={"lowest": low, "highest": high},
        remedies=(Remedy(text=f"Convert the targets: {how}."),),
    )
