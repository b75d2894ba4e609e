"""The loss skips a label that is one of the classes."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, SetupEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity


@check(
    severity=Severity.WARNING,
    grade="A",
    explains=("per-class-failure", "loss-and-metric-disagree", "train-eval-gap", "underfitting"),
)
def real_class_ignored(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    data: DataEvidence,
    train: TrainEvidence | None,
    *,
    min_share: float = 0.01,
) -> Judgement:
    """The loss skips a label that is one of the classes.

    What it measures:
        The ``ignore_index`` of the loss against the labels of a task with one label a sample: it lies among the classes, and
        at least ``min_share`` of the training samples carry it.
    Why it matters:
        Those samples give no gradient: the class is never learnt, and every sample of it is taken for another. Padding tokens
        and void pixels are to be skipped; of a whole sample with one label nothing else remains.
    How to fix:
        Leave ``ignore_index`` out (its default of -100 skips nothing), or give "unknown" a number that no class has.
    When it is not a fault:
        When the label means "unknown" and no such samples are wanted: take them out of the data set, they only cost time.
        Labels of tokens and pixels are not judged.

    References:
        - torch.nn.CrossEntropyLoss, argument ignore_index
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    skipped = setup.loss.ignore_index
    if experiment.task != "classification" or skipped is None:
        return NotApplicable(reason="no loss that skips a label, or not one label a sample")
    labels = data.train.labels.histogram
    count, total = labels.get(str(skipped), 0), sum(labels.values())
    if not 0 <= skipped < setup.classes or count < max(1, min_share * total):
        return None
    recall = _recall(train, str(skipped))
    never = f" Its recall on held-out samples is {recall:.0%}." if recall is not None else ""
    return Finding(
        message=f"The loss skips label {skipped} (ignore_index), which {count} of {total} training samples carry: "
        f"they teach nothing.{never}",
        confidence=0.95 if recall == 0 else 0.85,
        severity=Severity.ERROR if recall == 0 else Severity.WARNING,
        places=(Place(kind="key", name="loss.ignore_index"),),
        measured={"ignore_index": skipped, "samples": count, "share": count / total},
        remedies=(
            Remedy(
                text="Leave ignore_index out, or give samples to be skipped a label that is no class.",
                patch={"loss.ignore_index": -100},
            ),
        ),
    )


def _recall(train: TrainEvidence | None, label: str) -> float | None:
    judged = train.validation if train is not None else None
    known = (
        [result for result in judged.classes if result.label == label and result.support] if judged else []
    )
    return known[0].recall if known else None
