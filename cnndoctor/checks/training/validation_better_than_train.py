"""Validation scores above training data, in the same mode."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.noise import score_error, score_text


@check(severity=Severity.NOTE, grade="C")
def validation_better_than_train(
    train: TrainEvidence, data: DataEvidence | None, *, errors: float = 4.0, min_gap: float = 0.05
) -> Judgement:
    """Validation scores clearly better than training data in the same mode.

    What it measures:
        The final weights in eval mode on both splits, so that dropout and running averages over an epoch play no part: more
        than 5 % apart and more than four standard errors. Training data that is augmented at random is not judged.
    Why it matters:
        Validation may hold easier samples, other labels, or copies of training samples.
    How to fix:
        Look at how the data was split; check for copies (train-validation-overlap); compare the classes of both splits.
    When it is not a fault:
        Augmentation, label noise in training data only, or a cleaner validation set on purpose.

    References:
        - Schoop et al. 2021, UMLAUT: debugging deep learning programs using program structure and model behavior, CHI
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if train.train is None or train.validation is None:
        return NotApplicable(reason="one of the splits was not judged")
    if data is not None and data.train.random_reads > 0:
        return NotApplicable(reason="training data is augmented at random")
    gap = train.validation.score - train.train.score
    noise = errors * math.hypot(score_error(train.train), score_error(train.validation))
    if not gap > max(min_gap, noise):
        return None
    return Finding(
        message=(
            f"In eval mode validation scores {score_text(train.validation.score, train.metric)} "
            f"and training data {score_text(train.train.score, train.metric)}, "
            f"{gap:.1%} less."
        ),
        confidence=0.5,
        measured={"train_score": train.train.score, "validation_score": train.validation.score, "gap": gap},
        remedies=(Remedy(text="Check how the splits were made: copies, easier samples, other classes."),),
    )
