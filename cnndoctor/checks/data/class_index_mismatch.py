"""Validation numbers its classes differently than training."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import HELD_OUT_IS_BAD
from cnndoctor.signs.renumbering import CLEARLY_BETTER, by_renumbering, is_renumbered
from cnndoctor.signs.success import evaluation_gain

# What a model does wrong it does to both splits: it numbers no classes.
OF_BOTH_SPLITS = (
    "batchnorm-small-batch",
    "batchnorm-statistics-stale",
    "batchnorm-wrong-axis",
    "dropout-in-eval",
    "evaluation-path-differs",
    "samples-mixed-in-batch",
    "scrambled-reshape",
    "softmax-over-wrong-axis",
)


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=(*HELD_OUT_IS_BAD, "validation-labels-misaligned"),
)
def class_index_mismatch(
    experiment: ExperimentEvidence, data: DataEvidence, train: TrainEvidence | None
) -> Finding | NotApplicable | None:
    """Validation numbers its classes differently than training.

    What it measures:
        The class names of both data sets, in the order of their labels; and whether a renumbering of the predicted classes
        explains validation far better than the predictions as they are (Hungarian assignment), for a simple model fitted to
        training and for the trained network.
    Why it matters:
        The network is right and is called wrong: accuracy on validation falls to chance or below.
    How to fix:
        Make the mapping once and give it to both: ``class_to_idx = {name: i for i, name in enumerate(sorted(names))}``. Folder
        data sets number the folders they find: a missing folder shifts all that follow. ``set`` has no order.
    When it is not a fault:
        A renumbering that gains little, as it always does by chance.

    References:
        - https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.DatasetFolder.html (find_classes)
    """
    if data.validation is None or experiment.task not in {"classification", "segmentation"}:
        return NotApplicable(reason="no validation classes to compare")
    named = _named_differently(data)
    score, renumbered, _ = by_renumbering(data, train)
    by_numbers = is_renumbered(data, train)
    network = evaluation_gain(train.validation) if train is not None else math.nan
    if network > 1 - CLEARLY_BETTER or not (named or by_numbers):
        return None
    words = (
        f"Renumbering the classes lifts validation accuracy from {score:.2f} to {renumbered:.2f}"
        if by_numbers
        else ""
    )
    names = f"label {named[0]} is '{named[1]}' in training and '{named[2]}' in validation" if named else ""
    if words:
        message = f"{words}: {names or 'classes are numbered differently'}."
    else:
        message = f"L{names[1:]}."
    return Finding(
        message=message,
        confidence=0.97 if by_numbers else 0.8,
        severity=Severity.ERROR if by_numbers else Severity.WARNING,
        places=(Place(kind="key", name="data.validation"), Place(kind="key", name="data.train")),
        measured={"accuracy": score, "renumbered": renumbered},
        remedies=(
            Remedy(
                text="Map class names to indices once, from the training split, and use that mapping for both splits."
            ),
        ),
        stands_beside=OF_BOTH_SPLITS if by_numbers else (),
    )


def _named_differently(data: DataEvidence) -> tuple[int, str, str] | None:
    assert data.validation is not None
    ours, theirs = data.train.classes, data.validation.classes
    used = {int(label) for label in data.validation.labels.histogram if label.isdigit()}
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next(((i, a, b) for i, (a, b) in pairs if a != b and i in used), None)
