"""A training loss that does not move."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, GradientEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.series import slope
from cnndoctor.signs.game import NO_FLOOR_TO_REACH, is_a_game
from cnndoctor.signs.loss_course import loss_course
from cnndoctor.signs.success import evaluation_gain, trained_well
from cnndoctor.signs.trial_gains import best_rescue

FEWEST_EPOCHS = 4  # fewer have no trend to speak of


@check(severity=Severity.WARNING, grade="B", role="symptom")
def loss_flat(
    train: TrainEvidence,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    gradient: GradientEvidence | None,
    *,
    max_drop: float = 0.01,
    max_errors: float = 2.0,
    min_steps: int = 50,
) -> Judgement:
    """The training loss does not fall.

    What it measures:
        The least-squares slope of the loss over the whole run with its standard error, and the drop from the first tenth to
        the last. Flat means: less than 1 % down, or within two standard errors of no slope, while the model knows no more than
        a constant prediction; where nobody can tell that, the means of epochs must not fall by more than two errors either.
    Why it matters:
        Updates happen and change nothing that the loss can see.
    How to fix:
        Ask what stands between weights and loss: learning rate, dead units, frozen or detached layers, labels that do not
        belong to the inputs. Train on 32 samples: they must be learnt by heart.
    When it is not a fault:
        A pretrained model that starts where it ends, a plateau at the start that passes (see initial-plateau), or
        two networks that play against each other for one loss.

    References:
        - Zhang et al. 2021, AUTOTRAINER: an automatic DNN training problem detection and repair system, ICSE
        - Wardat et al. 2022, DeepDiagnosis: automatically diagnosing faults in deep learning programs, ICSE
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if is_a_game(gradient):
        return NotApplicable(reason=NO_FLOOR_TO_REACH)
    course = loss_course(train)
    if course is None or train.steps < min_steps:
        return NotApplicable(reason=f"fewer than {min_steps} finite steps")
    if trained_well(train, data.baseline if data else None) or evaluation_gain(train.train) > 0.1:
        return None
    trend = slope(train.losses)
    tenth = max(1, len(course.smoothed) // 10)
    first = sum(course.smoothed[:tenth]) / tenth
    drop = (first - course.end) / max(abs(first), 1e-12)
    if drop > max_drop and trend.value < -max_errors * trend.error:
        return None
    if drop > max_drop and _falls_by_epochs(train, max_errors):
        return None
    if drop < -0.1:  # it rises: another check's word
        return None
    small = drop <= max_drop
    why = (
        f"where less than {max_drop:.0%} is flat"
        if small
        else f"within {max_errors:g} standard errors of none"
    )
    helped = best_rescue(trials)
    hint = f" With {helped.change} it trains." if helped else ""
    return Finding(
        message=(
            f"The training loss went from {first:.4g} to {course.end:.4g} in {train.steps} steps: "
            f"a drop of {max(0.0, drop):.1%}, {why}.{hint}"
        ),
        confidence=0.85,
        measured={
            "first": first,
            "end": course.end,
            "drop": drop,
            "slope": trend.value,
            "slope_error": trend.error,
        },
        remedies=(
            Remedy(text=f"Try {helped.change}: it helped on two seeds.")
            if helped
            else Remedy(
                text="Train on 32 samples without regularisation until they are known by heart, then add one thing at a time."
            ),
        ),
    )


def _falls_by_epochs(train: TrainEvidence, errors: float) -> bool:
    """Return whether a run without a known score falls in its epochs, on both splits: single steps may be all noise.

    Where nine in ten targets are zero and the rest are thousands, a step says next to nothing of what is learnt.
    """
    if math.isfinite(evaluation_gain(train.train)) or len(train.epochs) < FEWEST_EPOCHS:
        return False
    courses = (
        [epoch.train_loss for epoch in train.epochs],
        [epoch.validation_loss for epoch in train.epochs if math.isfinite(epoch.validation_loss)],
    )
    trends = [slope(losses) for losses in courses if losses]
    return all(trend.value < -errors * trend.error for trend in trends)
