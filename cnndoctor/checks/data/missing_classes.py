"""A class of validation never occurs in training."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity

# Training samples of a class that a cut pass should have met before its absence means anything.
FEWEST_EXPECTED = 10
GRAVE_SHARE = 0.15  # of validation


@check(
    severity=Severity.WARNING,
    grade="B",
    explains=(
        "per-class-failure",
        "overfitting",
        "chance-accuracy",
        "underfitting",
        "class-imbalance",
        "constant-predictions",
        "validation-labels-misaligned",
        "best-epoch-lost",
        "labels-unrelated-to-inputs",
        "loss-and-metric-disagree",
    ),
)
def missing_classes(
    experiment: ExperimentEvidence,
    data: DataEvidence,
    train: TrainEvidence | None,
    *,
    min_share: float = 0.005,
) -> Finding | NotApplicable | None:
    """A class of validation never occurs in training.

    What it measures:
        The labels of both splits; classes that make up at least ``min_share`` of validation and that training lacks.
    Why it matters:
        The network never saw these classes: every such validation sample is wrong, whatever the settings.
    How to fix:
        Split at random within each class (``train_test_split(..., stratify=labels)``) instead of cutting a sorted list; check
        that both splits map names to the same indices.
    When it is not a fault:
        Zero-shot or open-set evaluation on purpose.

    References:
        - Deepchecks, "New Labels" check
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    if data.validation is None or experiment.task not in {"classification", "segmentation"}:
        return NotApplicable(reason="no validation labels to compare")
    seen, wanted = data.train.labels.histogram, data.validation.labels.histogram
    total = sum(wanted.values())
    if not seen or total == 0:
        return NotApplicable(reason="no labels to compare")
    missing = {
        label: count for label, count in wanted.items() if label not in seen and not label.startswith("-")
    }
    if data.train.cut:
        missing = {
            label: c for label, c in missing.items() if c / total * data.train.examined >= FEWEST_EXPECTED
        }
    share = sum(missing.values()) / total
    if not missing or share < min_share:
        return None
    confirmed = train is not None and train.validation is not None and _fail(train, missing)
    listed = ", ".join(list(missing)[:8]) + (" …" if len(missing) > 8 else "")
    return Finding(
        message=f"{len(missing)} classes of validation ({listed}; {share:.0%} of its samples) never occur in training.",
        confidence=0.95 if share > GRAVE_SHARE or confirmed else 0.8,
        severity=Severity.ERROR if share > GRAVE_SHARE or confirmed else Severity.WARNING,
        places=(Place(kind="key", name="data.train"), Place(kind="key", name="data.validation")),
        measured={"missing classes": len(missing), "share of validation": share},
        remedies=(
            Remedy(text="Split at random within each class (stratified), instead of cutting a sorted list."),
        ),
    )


def _fail(train: TrainEvidence, missing: dict[str, int]) -> bool:
    assert train.validation is not None
    recalls = [result.recall for result in train.validation.classes if result.label in missing]
    return bool(recalls) and max(recalls) == 0
