"""There is no validation set, or it is the training set."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence
from cnndoctor.evidence.data import Overlap
from cnndoctor.finding import Finding, Place, Remedy, Severity


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=(
        "train-validation-overlap",
        "validation-better-than-train",
        "random-validation-transform",
        "duplicate-samples",
    ),
)
def validation_missing(experiment: ExperimentEvidence, data: DataEvidence | None) -> Finding | None:
    """There is no validation set, or the validation set is the training set.

    What it measures:
        Whether validation is configured; whether both splits hold the same samples, or are built with the same arguments.
    Why it matters:
        Only held-out data show overfitting. On training data a network that learnt everything by heart looks perfect.
    How to fix:
        Hold out 10 to 20 % at random, within each class, and build validation without augmentation:
        ``torch.utils.data.random_split`` or scikit-learn's ``train_test_split(..., stratify=labels)``.
    When it is not a fault:
        Memorising on purpose (``intent: {memorise: true}``), generated data that never repeat, one graph of which
        validation, or a step in it, takes other parts. Without any validation set this is a note.

    References:
        - Goodfellow et al. 2016, Deep Learning, section 5.3
    """
    if not experiment.has_validation:
        return Finding(
            message="No validation data are configured: overfitting cannot be seen.",
            confidence=0.9,
            severity=Severity.NOTE,
            places=(Place(kind="key", name="data"),),
            remedies=(Remedy(text="Hold out 10 to 20 % of the data and configure it as data.validation."),),
        )
    generated = data is not None and data.train.random_targets > 0
    same = data is not None and data.overlap.same_object and not _asks_for_other_targets(data.overlap)
    if generated or not (same or _same_settings(experiment)):
        return None
    return Finding(
        message="The validation set holds the same samples as the training set.",
        confidence=0.97,
        severity=Severity.NOTE if experiment.intent_memorise else Severity.ERROR,
        places=(Place(kind="key", name="data.validation"),),
        measured={"shared samples": data.overlap.exact if data is not None else None},
        remedies=(Remedy(text="Build validation from samples that training never sees."),),
    )


def _asks_for_other_targets(overlap: Overlap) -> bool:
    """Return whether every sample that both splits hold has another target in validation: other nodes of one graph."""
    return overlap.exact > 0 and overlap.other_targets == overlap.exact


def _same_settings(experiment: ExperimentEvidence) -> bool:
    """Tell whether both splits are built by the same call with the same arguments."""
    ours, theirs = (
        {
            key.removeprefix(prefix): value
            for key, value in experiment.settings.items()
            if key.startswith(prefix)
        }
        for prefix in ("data.train.", "data.validation.")
    )
    return bool(ours) and ours == theirs
