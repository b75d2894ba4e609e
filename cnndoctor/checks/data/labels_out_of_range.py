"""Labels are negative or not below the number of classes."""

from __future__ import annotations

import re

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FailuresEvidence,
    FirstBatchEvidence,
    SetupEvidence,
)
from cnndoctor.evidence.data import Split
from cnndoctor.finding import Finding, Place, Remedy, Severity, UserFailure
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.losses import took_other_labels

TARGET = re.compile(r"Target (-?\d+) is out of bounds")
REFUSAL = re.compile(
    r"Target (-?\d+) is out of bounds|device-side assert|index (-?\d+) is out of bounds for dimension"
)
TASKS = {"classification", "segmentation"}
VOID = 255  # what segmentation data sets write where nobody knows the class


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=merged(("user-code-raises", "missing-classes", "wrong-target-format"), LEARNS_NOTHING, BLOWS_UP),
)
def labels_out_of_range(
    experiment: ExperimentEvidence,
    data: DataEvidence,
    failures: FailuresEvidence,
    setup: SetupEvidence | None,
    first_batch: FirstBatchEvidence | None,
) -> Finding | None:
    """Some labels are negative, or not below the number of classes.

    What it measures:
        Every examined label of both splits against the width of the model's output, the loss's ``ignore_index`` apart; and
        what the loss itself refuses, where a step of one's own makes the labels.
    Why it matters:
        Class indices run from 0 to classes - 1. Torch refuses others on the CPU ("Target 10 is out of
        bounds"); on a GPU it is a bare "device-side assert triggered" that ruins the process.
    How to fix:
        Labels from 1: subtract 1. Arbitrary ids: map them (``{id: index}``). Void pixels: tell the loss
        (``ignore_index: 255``). A head that is too narrow: widen it.
    When it is not a fault:
        The label that the loss ignores; labels that a step renumbers before the loss, which goes through then.

    References:
        - https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html (class indices in [0, C))
    """
    refused = next(
        (f for f in failures.failures if f.phase in {"loss", "step"} and REFUSAL.search(f.message)), None
    )
    counted = experiment.task in TASKS and (setup is None or _indexed(setup))
    splits = (data.train, data.validation) if counted else ()
    split = next((s for s in splits if s is not None and s.labels.out_of_range_count), None)
    stray = split.labels.out_of_range_count / max(1, split.examined) if split is not None else 0.0
    if split is not None and (refused is not None or not took_other_labels(first_batch, stray)):
        return _finding(split, refused, setup)
    return _said_by_torch(refused)


def _said_by_torch(refused: UserFailure | None) -> Finding | None:
    """Say what the loss refused, where labels are made in a step of the user's own and no data set shows them."""
    said = TARGET.search(refused.message) if refused is not None else None
    if refused is None or said is None:
        return None
    label = int(said[1])
    return Finding(
        message=f'The loss refuses label {label}: torch says "{said[0]}", the model has no output of that number.',
        confidence=0.97,
        places=(Place(kind="source", name=refused.file, file=refused.file, line=refused.line),)
        if refused.file
        else (),
        measured={"label": label},
        remedies=(
            Remedy(
                text=f"Build the model with at least {label + 1} outputs, or make labels count from 0."
                if label > 0
                else f"Make labels count from 0, or tell the loss to skip {label}."
            ),
        ),
    )


def _indexed(setup: SetupEvidence) -> bool:
    """Tell whether the loss reads targets as class indices; a user's own loss may read -1 as anything."""
    return setup.loss.known and setup.loss.name in {
        "CrossEntropyLoss",
        "cross_entropy",
        "NLLLoss",
        "nll_loss",
        "MultiMarginLoss",
    }


def _finding(split: Split, refused: UserFailure | None, setup: SetupEvidence | None) -> Finding:
    labels, classes = split.labels, setup.classes if setup is not None else 0
    allowed = f"0 to {classes - 1}" if classes else "0 or more"
    share = labels.out_of_range_count / max(1, split.examined)
    return Finding(
        message=f"{labels.out_of_range_count} of {split.examined} {split.name} samples have a label "
        f"outside {allowed}: labels run "
        f"from {labels.lowest:g} to {labels.highest:g}.",
        confidence=0.98 if refused is not None or share < 1 else 0.95,
        severity=Severity.ERROR,
        places=(*split.places(labels.out_of_range), Place(kind="key", name=f"data.{split.name}")),
        measured={
            "lowest": labels.lowest,
            "highest": labels.highest,
            "classes": classes,
            "samples": labels.out_of_range_count,
        },
        remedies=_remedies(labels.lowest, labels.highest, labels.distinct, classes),
    )


def _remedies(lowest: float, highest: float, distinct: int, classes: int) -> tuple[Remedy, ...]:
    if highest == VOID and distinct <= classes + 1:
        return (Remedy(text="Tell the loss to skip the void label.", patch={"loss.ignore_index": VOID}),)
    if classes and lowest == 1 and highest == classes:
        return (Remedy(text="Labels count from 1: subtract 1 in the data set."),)
    if lowest == -1 and highest == classes - 1:
        return (
            Remedy(
                text="Tell the loss to skip label -1, if that means unknown.", patch={"loss.ignore_index": -1}
            ),
        )
    if classes and distinct > classes:
        return (
            Remedy(
                text=f"Build the model with {int(highest) + 1} outputs, or map the labels to 0 to {classes - 1}."
            ),
        )
    return (
        Remedy(
            text="Map the labels to 0, 1, 2 … in the data set: {name: index for index, name in enumerate(sorted(names))}."
        ),
    )
