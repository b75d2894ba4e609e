"""A loss made for another kind of target."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FirstBatchEvidence,
    SetupEvidence,
    TrainEvidence,
)
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects, is_cross_entropy, takes_shares
from cnndoctor.signs.success import trained_well


@check(
    severity="warning",
    grade="B",
    explains=merged(
        LEARNS_NOTHING,
        (
            "loss-goes-the-wrong-way",
            "wrong-target-format",
            "unscaled-targets",
            "loss-far-from-chance",
            "overfitting",
        ),
    ),
)
def loss_does_not_fit_task(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    data: DataEvidence,
    first_batch: FirstBatchEvidence | None,
    train: TrainEvidence | None,
    *,
    max_classes: int = 100,
    max_soft_share: float = 0.5,
) -> Finding | None:
    """The loss does not fit the kind of targets.

    What it measures:
        What the loss expects against what the targets are: class numbers under a distance (MSE, L1), continuous
        values under cross-entropy, values outside of [0, 1] under binary cross-entropy. A loss of one's own over shares is
        asked whether samples of either target move it: a cross-entropy without its second term has no gradient at target 0.
    Why it matters:
        MSE on class numbers says that class 3 is closer to 4 than to 8 and that 5.5 is half right. Cross-entropy of
        values that are no probabilities is no cross-entropy: it may be negative, and its minimum is elsewhere.
    How to fix:
        Classes: one output per class, ``CrossEntropyLoss``, integer targets. Several labels at once:
        ``BCEWithLogitsLoss``. Quantities: ``MSELoss``, ``L1Loss`` or ``HuberLoss``, a linear head and float targets.
    When it is not a fault:
        Ordered classes and counts may be regressed on purpose. MSE on one-hot targets is the Brier score and trains.
        What a step compares with numbers of its own (returns, not actions) is left alone.

    References:
        - "37 reasons why your neural network is not working", 18; Stack Exchange 352036
        - limits are ours, chosen; no run decides them (docs/thresholds.md)
    """
    if first_batch is not None and math.isfinite(first_batch.loss.untaught_target):
        failed = takes_shares(first_batch) and not trained_well(train, data.baseline)
        return _half_a_loss(first_batch.loss.untaught_target) if failed else None
    wanted, targets, labels = expects(setup.loss), data.train.targets, data.train.labels
    if wanted == "values":
        if first_batch is not None and first_batch.loss.own_targets:
            return None
        return _distance(experiment, setup, data, train, max_classes)
    if wanted == "binary-scores" and "BCE" not in setup.loss.name and "binary" not in setup.loss.name:
        return None
    outside = targets.minimum < 0 or targets.maximum > 1
    floats = any(name.startswith(("float", "bfloat", "double")) for name in targets.dtypes)
    if wanted in {"probabilities", "binary-scores"} and outside and not targets.integral:
        said = f"{setup.loss.name} wants targets in [0, 1], but they run from {targets.minimum:.4g} to {targets.maximum:.4g}."
        return _finding(said, 0.92, "MSELoss", Severity.ERROR)
    vectors = first_batch is not None and first_batch.loss.target_shape == first_batch.loss.output_shape
    if (
        is_cross_entropy(setup.loss)
        and floats
        and vectors
        and not targets.integral
        and labels.rows_sum_to_one < max_soft_share
    ):
        said = (
            f"CrossEntropyLoss takes float targets as class probabilities, but only "
            f"{labels.rows_sum_to_one:.0%} of them sum to 1 "
            f"(values from {targets.minimum:.4g} to {targets.maximum:.4g})."
        )
        return _finding(said, 0.9, "MSELoss", Severity.ERROR)
    return None


def _distance(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    data: DataEvidence,
    train: TrainEvidence | None,
    max_classes: int,
) -> Finding | None:
    labels, targets = data.train.labels, data.train.targets
    whole = (
        targets.integral and labels.lowest == 0 and 2 < labels.distinct == labels.highest + 1 <= max_classes
    )
    integers = any("int" in name for name in targets.dtypes)
    named = bool(data.train.size and setup.class_names) or (
        experiment.task_told and experiment.task == "classification"
    )
    column = set(targets.shapes) <= {"", "1"}
    if not (whole and column):
        return None
    classes = int(labels.highest) + 1
    if not (integers or named):
        return _maybe_classes(
            setup, classes, failed=train is not None and not trained_well(train, data.baseline)
        )
    return _finding(
        f"{setup.loss.name} measures distances between the class numbers 0 to {classes - 1}, as if "
        f"class 3 were closer to 4 than "
        f"to {classes - 1}.",
        0.88 if named else 0.7,
        "CrossEntropyLoss",
        Severity.ERROR if named and train is not None else None,
        extra=f" and give the head {classes} outputs",
    )


def _maybe_classes(setup: SetupEvidence, classes: int, *, failed: bool) -> Finding:
    """Say that float targets look like class numbers; a hint in a run that goes well, for they may be counts or grades."""
    return _finding(
        f"All targets are the whole numbers 0 to {classes - 1}; if they number classes, {setup.loss.name} takes class 3 for "
        f"closer to 4 than to {classes - 1}.",
        0.6 if failed else 0.3,
        "CrossEntropyLoss",
        Severity.WARNING if failed else Severity.NOTE,
        extra=f" and give the head {classes} outputs",
    )


def _half_a_loss(value: float) -> Finding:
    return _finding(
        f"The loss does not look at the outputs of samples whose target is {value:g}: whatever the model says of them, its "
        "gradient there is exactly 0, as of a cross-entropy without the term for (1 - target).",
        0.95,
        "BCELoss",
        Severity.ERROR,
    )


def _finding(
    message: str, confidence: float, instead: str, severity: Severity | None, extra: str = ""
) -> Finding:
    return Finding(
        message=message,
        confidence=confidence,
        severity=severity,
        places=(Place(kind="key", name="loss"),),
        remedies=(Remedy(text=f"Use {instead}{extra}.", patch={"loss._target_": f"torch.nn.{instead}"}),),
    )
