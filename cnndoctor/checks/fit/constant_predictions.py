"""The same prediction for every input."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.noise import at_chance


@check(
    severity=Severity.WARNING,
    grade="B",
    role="symptom",
    explains=("chance-accuracy", "per-class-failure", "loss-flat"),
)
def constant_predictions(
    train: TrainEvidence,
    *,
    min_share: float = 0.99,
    max_label_share: float = 0.8,
    min_samples: int = 30,
) -> Judgement:
    """The model predicts the same class (or value) for every input.

    What it measures:
        The share of the most frequent prediction with the final weights, on training data and validation, against the share
        of the most frequent label; for regression, the spread of outputs against the spread of targets.
    Why it matters:
        The network has learnt the base rate and nothing about its inputs: something between input and loss is cut.
    How to fix:
        Look for what cuts it, in this order: dead rectifiers, a learning rate that is too high, inputs that are all alike,
        a frozen or detached part, labels that do not belong to their inputs, a softmax over the wrong axis.
    When it is not a fault:
        When nearly all labels are the same, predicting that label is right.

    References:
        - Ben Braiek and Khomh 2023, Testing feedforward neural networks training programs, TOSEM (TheDeepChecker)
        - one class in 99 % of the predictions while the labels are spread: limits are ours; saved runs of scripts/clinic.py
          hold ``max_label_share``, the others are chosen (docs/thresholds.md)
    """
    judged = train.train or train.validation
    if judged is None or judged.samples < min_samples or not math.isfinite(judged.top_prediction_share):
        return NotApplicable(reason="no predictions to compare")
    label_share = judged.top_label_share if math.isfinite(judged.top_label_share) else 0.0
    if judged.top_prediction_share < min_share or label_share > max_label_share or not at_chance(judged):
        return None
    what = "class" if math.isfinite(judged.top_label_share) else "value"
    spread = (
        f", although no label holds more than {label_share:.0%} of the samples" if what == "class" else ""
    )
    return Finding(
        message=(
            f"{judged.top_prediction_share:.0%} of {judged.samples} {judged.split} predictions are the same {what}{spread}."
        ),
        confidence=0.9,
        severity=Severity.ERROR,
        measured={"top_prediction_share": judged.top_prediction_share, "top_label_share": label_share},
        remedies=(
            Remedy(
                text="Look at the gradients of the first layers in TensorBoard: what cuts them is the cause."
            ),
            Remedy(
                text="Lower the learning rate tenfold and train on 32 samples until they are known by heart."
            ),
        ),
    )
