"""Class frequencies are far apart, and the rare classes fail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import fmean

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, ExperimentEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.train import Evaluation
from cnndoctor.finding import Finding, Place, Remedy, Severity

FAILED = 0.3  # recall of rare classes under which they count as failing
# Area under the ROC curve, 0.5 for a coin at any frequency. Chosen on configs/unseen/ctr-embeddings: sound runs have 0.75 to
# 0.79, with a third of the labels wrong it is 0.62.
RANKING, RANKS = {"auc", "auroc", "roc"}, 0.65
SERVED = 0.6  # recall of frequent classes over which the run as a whole counts as working


@check(
    severity=Severity.NOTE,
    grade="B",
    explains=(
        "per-class-failure",
        "constant-predictions",
        "chance-accuracy",
        "output-bias-ignores-priors",
        "loss-far-from-chance",
        "loss-and-metric-disagree",
        "underfitting",
        "loss-flat",
        "noisy-labels",
    ),
)
def class_imbalance(
    experiment: ExperimentEvidence,
    setup: SetupEvidence | None,
    data: DataEvidence,
    train: TrainEvidence | None,
    *,
    max_ratio: float = 10.0,
) -> Finding | None:
    """Some classes are far rarer than others, and the network neglects them.

    What it measures:
        The most frequent against the rarest class of training (``max_ratio``: SageMaker Debugger's class-imbalance rule); then
        the recall of rare against frequent classes after training, and an area under the ROC curve among your own
        metrics.
    Why it matters:
        Saying the frequent class is cheap: with 95 % of one class, accuracy is 0.95 without having learnt anything.
    How to fix:
        Weight the loss (``CrossEntropyLoss(weight=1 / frequency)``, ``BCEWithLogitsLoss(pos_weight=negatives / positives)``),
        or draw rare classes more often (``WeightedRandomSampler``); more data or stronger augmentation for rare classes. Judge
        by recall per class or balanced accuracy.
    When it is not a fault:
        Rare classes with good recall, or a ranking that is good at another threshold: then it is a note.

    References:
        - Z. Emam, Troubleshooting Convolutional Neural Nets (https://gist.github.com/zeyademam)
        - Buda et al. 2018, A systematic study of the class imbalance
        problem, doi:10.1016/j.neunet.2018.07.011
        - the limit is that of SageMaker Debugger, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if experiment.task not in {"classification", "segmentation"}:
        return None
    counts = {label: n for label, n in data.train.labels.histogram.items() if n and not label.startswith("-")}
    if len(counts) < 2:
        return None
    ratio = max(counts.values()) / min(counts.values())
    if ratio <= max_ratio:
        return None
    judged = train.judged if train is not None else None
    rare = {
        name
        for label, n in counts.items()
        if n * max_ratio < max(counts.values())
        for name in (label, _name(label, data.train.classes))
    }
    failing = judged is not None and _neglected(judged, rare, max_ratio)
    handled = (setup is not None and setup.loss.has_class_weights) or "Weighted" in data.train.loader.sampler
    smallest = min(counts, key=lambda label: counts[label])
    counted = "training samples" if experiment.task == "classification" else "positions in the training data"
    words = (
        f"Class {_name(smallest, data.train.classes)} has {counts[smallest]} {counted}, the most frequent "
        f"{max(counts.values())} ({ratio:.0f} times more)"
    )
    ranked = _ranked(train)
    end = ", and the rare classes are hardly ever recognised" if failing else ""
    end += f"; judged by {ranked} they are told apart all the same" if failing and ranked else ""
    harmless = not failing or bool(ranked)
    severity = Severity.NOTE if harmless else Severity.WARNING if handled else Severity.ERROR
    return Finding(
        message=f"{words}{end}.",
        confidence=0.6 if handled or harmless else 0.85,
        severity=severity,
        places=(Place(kind="key", name="data.train"),),
        measured={"ratio": ratio, "rarest": counts[smallest], "most frequent": max(counts.values())},
        remedies=(
            Remedy(
                text="Weight the loss by inverse class frequency, or draw rare classes more often (WeightedRandomSampler)."
            ),
            Remedy(text="Judge by recall per class instead of accuracy."),
        ),
    )


def _name(label: str, classes: Sequence[str]) -> str:
    """Return a class by its name, where the data set has names; results carry those."""
    return classes[int(label)] if label.isdigit() and int(label) < len(classes) else label


def _ranked(train: TrainEvidence | None) -> str:
    """Return a ranking metric of the user's own that is good on held-out data, with its value; empty without one.

    Who asks for a ranking (clicks, alarms, search) never decides at one half.
    """
    metrics = train.epochs[-1].metrics if train is not None and train.epochs else {}
    for name, value in sorted(metrics.items()):
        split, _, plain = name.rpartition("/")
        if split != "train" and any(word in RANKING for word in re.split(r"[^a-z0-9]+", plain.lower())):
            return f"{plain} ({value:.2f})" if RANKS <= value <= 1 else ""
    return ""


def _neglected(judged: Evaluation, rare: set[str], max_ratio: float) -> bool:
    """Tell whether rare classes fail where frequent ones do not, or a single class is ever predicted.

    A class that is rare among what was judged counts too: a stream does not say how its classes are called.
    """
    most = max((row.support for row in judged.classes), default=0)
    seldom = {row.label for row in judged.classes if row.label in rare or row.support * max_ratio < most}
    low = [row.recall for row in judged.classes if row.label in seldom and row.support]
    high = [row.recall for row in judged.classes if row.label not in seldom and row.support]
    if not low or not high:
        return False
    return fmean(low) < FAILED and fmean(high) > SERVED
