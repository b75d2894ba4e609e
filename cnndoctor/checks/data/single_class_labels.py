"""All training labels are one value."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence
from cnndoctor.evidence.data import Split
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged

FEWEST = 20  # samples before a missing second class means anything
LABELLED = {"classification", "segmentation", "multilabel", "regression"}


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        (
            "missing-classes",
            "class-imbalance",
            "overconfident-logits",
            "labels-unrelated-to-inputs",
            "overfitting",
            "train-validation-shift",
            "validation-labels-misaligned",
            "class-index-mismatch",
            "vanishing-gradients",
            "dead-relu",
            "output-bias-ignores-priors",
            "output-ignores-input",
            "validation-better-than-train",
            "loss-far-from-chance",
            "unshuffled-training",
        ),
    ),
)
def single_class_labels(
    experiment: ExperimentEvidence, data: DataEvidence, *, max_share: float = 0.998
) -> Finding | None:
    """All (or nearly all) training labels are the same value.

    What it measures:
        The histogram of the training targets: labels, mask pixels, label columns, or the spread of regression targets.
    Why it matters:
        The network learns to say that one value, reaches a perfect score, and has learnt nothing.
    How to fix:
        Print a few targets after all transforms. Usual sources: a mask through ``ToTensor`` (divides by 255, ``long()`` then
        makes zeros), a comparison that never holds, labels read from the wrong column, a subset of a sorted data set.
    When it is not a fault:
        Learning without labels, by a step of its own or a loss that never reads them: the task is then custom.

    References:
        - "What should I do when my neural network doesn't learn?", https://stats.stackexchange.com/q/352036
        - the limit is ours, chosen; no sound run and no planted fault decides it (docs/thresholds.md)
    """
    train = data.train
    if experiment.task not in LABELLED or train.examined < FEWEST or not train.targets.count:
        return None
    if experiment.task == "regression":
        return (
            _finding(train, f"All {train.examined} training targets are {train.targets.mean:g}", 0.97)
            if _flat(train)
            else None
        )
    if experiment.task == "multilabel":
        same = train.targets.minimum == train.targets.maximum
        return (
            _finding(train, f"Every label of every sample is {train.targets.minimum:g}", 0.97)
            if same
            else None
        )
    histogram = train.labels.histogram
    total = sum(histogram.values())
    if not total:
        return None
    label, most = max(histogram.items(), key=lambda item: item[1])
    if most / total < max_share or (len(histogram) > 1 and experiment.task == "segmentation"):
        return None
    things = "pixels of the masks" if experiment.task == "segmentation" else "training labels"
    # The first samples of a sorted stream hold one class; the rest of it was not seen.
    unsure = train.cut and not train.map_style
    words = f"{'All' if most == total else f'{most} of'} {total} examined {things} are {label}"
    return _finding(
        train,
        words,
        0.5 if unsure else 0.97 if most == total else 0.8,
        Severity.WARNING if unsure else Severity.ERROR,
    )


def _flat(train: Split) -> bool:
    return train.targets.std <= 1e-7 * abs(train.targets.mean) or bool(
        train.labels.column_stds and max(train.labels.column_stds) == 0
    )


def _finding(train: Split, words: str, confidence: float, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(
        message=f"{words}: there is nothing to tell apart.",
        confidence=confidence,
        severity=severity,
        places=(Place(kind="key", name="data.train"),),
        measured={"distinct": train.labels.distinct, "examined": train.examined},
        remedies=(
            Remedy(
                text="Print targets after all transforms, and look for the scaling, cast or comparison that makes them equal."
            ),
        ),
    )
