"""Some classes fail while the others do well."""

from __future__ import annotations

import math
from statistics import fmean

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.evidence.train import ClassResult
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.success import evaluation_gain

PIXELS = "pixel-accuracy"  # of whatever has a class at each place: masks, but also sequences of tokens


@check(severity=Severity.WARNING, grade="B", role="symptom")
def per_class_failure(
    train: TrainEvidence,
    data: DataEvidence | None,
    *,
    of_mean: float = 0.5,
    min_support: int = 20,
    min_gain: float = 0.3,
    errors: float = 2.0,
    rare: float = 0.15,
) -> Judgement:
    """Some classes fail while the others do well.

    What it measures:
        The recall of each class on validation (training data without one): a class with at least 20 samples fails when its
        recall, two standard errors in its favour, is below half of the mean of all classes, in a run that learnt the rest. A
        class with less than 15 % of an even share of the training samples is a hint: ``class-imbalance`` judges it.
    Why it matters:
        The overall score hides it.
    How to fix:
        Look at what the class is taken for and at its samples; weight the loss or resample for rare classes; collect more of
        it; look for labels that contradict each other.
    When it is not a fault:
        Classes too rare to judge, or too alike for anyone to tell apart; rare letters and words of a language model.

    References:
        - Amazon SageMaker Debugger, list of built-in rules: "Confusion"
        - limits are ours, held by saved runs of scripts/clinic.py, but for ``rare``, chosen (docs/thresholds.md)
    """
    judged = train.judged
    if judged is None or len(judged.classes) < 2:
        return NotApplicable(reason="no results per class")
    if evaluation_gain(judged) < min_gain:
        return None
    known = [c for c in judged.classes if c.support and math.isfinite(c.recall)]
    mean = fmean(c.recall for c in known) if known else 0.0
    failing = [c for c in known if c.support >= min_support and _upper(c, errors) < of_mean * mean]
    if not failing:
        return None
    common = [c for c in failing if not _rare(c, data, rare / len(known))]
    worst = min(common or failing, key=lambda c: (c.recall, c.label))
    taken = f", mostly taken for {worst.confused_with}" if worst.confused_with else ""
    # Pixels and tokens of one class are not independent samples; a step of one's own may flatten them.
    dense = train.metric == PIXELS or sum(c.support for c in judged.classes) > judged.samples
    others = f" and {len(failing) - 1} more" if len(failing) > 1 else ""
    return Finding(
        message=(
            f"Class {worst.label}{others} {'fail' if others else 'fails'}: "
            f"recall {worst.recall:.0%} on {worst.support} {judged.split} "
            f"{'positions' if dense else 'samples'}{taken}, while the mean over classes is {mean:.0%}."
        ),
        confidence=0.75,
        severity=Severity.NOTE if dense or not common else None,
        measured={"class": worst.label, "recall": worst.recall, "mean_recall": mean, "failing": len(failing)},
        remedies=(
            Remedy(text=f"Look at samples of class {worst.label} and at what they are taken for."),
            Remedy(text="Weight the loss by class, or resample, where the class is rare."),
        ),
    )


def _rare(result: ClassResult, data: DataEvidence | None, least: float) -> bool:
    """Return whether a class has less than a share of the training labels; a label that has a name is not looked up."""
    labels = data.train.labels.histogram if data is not None else {}
    return result.label in labels and labels[result.label] < least * sum(labels.values())


def _upper(result: ClassResult, errors: float) -> float:
    """Return the recall with the benefit of the doubt of a small support."""
    smoothed = (result.recall * result.support + 1) / (result.support + 2)
    return smoothed + errors * math.sqrt(smoothed * (1 - smoothed) / result.support)
