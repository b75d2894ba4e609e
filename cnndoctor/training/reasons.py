"""Why a training is tried again in paired runs, and by which of its scores they are compared."""

from __future__ import annotations

import math

from cnndoctor.context import Context
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.signs.belief import comparable_baseline
from cnndoctor.signs.success import errs_far_more, evaluation_gain, gain, loss_gone
from cnndoctor.signs.trial_gains import BELOW_BASELINE

AT_CHANCE = 0.1  # share of the way from a constant prediction to perfect
OF_BASELINE = 0.8
MEMORISED = 0.85
# Of the way on training data: worth a look also where simple models are no better. Chosen between two faulty point-cloud runs
# (0.20 and 0.36) and the sound run that learnt least (0.47, configs/unseen/ratings/healthy-liked.yaml).
LITTLE = 0.4


def reason_for(train: TrainEvidence, baseline: float) -> str:
    """Return why experiments are worth their time: not-finite, diverged, chance, below-baseline, slow; empty for none.

    Args:
        train: The watched run.
        baseline: Gain of simple models on the same data; NaN when unknown.
    """
    if train.ended == "not-finite" or train.nonfinite is not None:
        return "not-finite"
    on_train, on_validation = evaluation_gain(train.train), evaluation_gain(train.validation)
    if not math.isfinite(on_train) and (train.train is None or not math.isfinite(train.train.loss)):
        return "not-finite" if train.steps else ""
    if _diverged(train):
        return "diverged"
    if on_train < AT_CHANCE:
        return "chance"
    if on_validation < OF_BASELINE * baseline or errs_far_more(train.validation, on_validation, baseline):
        return BELOW_BASELINE
    if on_train < LITTLE or (on_train < MEMORISED and not on_validation >= baseline):
        return "slow"
    if not math.isfinite(on_train) and loss_gone(train) < MEMORISED:
        return "slow"
    return ""


def whole_score_of(train: TrainEvidence) -> float:
    """Return the score of the watched run at its end: on validation, or on training data without; NaN when unknown.

    Args:
        train: The watched run.
    """
    held_out = train.validation.score if train.validation else math.nan
    return held_out if math.isfinite(held_out) else (train.train.score if train.train else math.nan)


def validation_tells_of_itself(train: TrainEvidence) -> bool:
    """Return whether validation tells of itself alone: the run is at chance there, and half-way on what it was trained on.

    Args:
        train: The watched run.
    """
    on_train, held_out = evaluation_gain(train.train), evaluation_gain(train.validation)
    return held_out < AT_CHANCE <= on_train - max(0.0, held_out) and on_train < MEMORISED


def loses_on_validation(train: TrainEvidence) -> bool:
    """Return whether the run does clearly worse on validation than on what it was trained on.

    Args:
        train: The watched run.
    """
    return evaluation_gain(train.train) - max(0.0, evaluation_gain(train.validation)) > AT_CHANCE


def is_cut(context: Context, train: TrainEvidence) -> bool:
    """Return whether values that leave the graph change gradients, in a run whose score can tell what that costs.

    A loss cannot: with a target of its own that follows, it is small where nothing is learnt.

    Args:
        context: What the stages before saw.
        train: The watched run.
    """
    gradient = context.so_far.gradient
    known = (
        math.isfinite(whole_score_of(train)) and train.train is not None and math.isfinite(train.train.chance)
    )
    return gradient is not None and bool(gradient.cut_parameters) and known


def is_cut_off(context: Context) -> bool:
    """Return whether trainable parameters get no gradient at all, though their layers run: on purpose, or not.

    Args:
        context: What the stages before saw.
    """
    first = context.so_far.first_batch
    return first is not None and first.cut is not None and bool(first.cut.cut_off)


def baseline_gain(context: Context) -> float:
    """Return how far simple models get on validation, as a gain; NaN when unknown.

    Args:
        context: What the stages before saw.
    """
    data = context.so_far.data
    if data is None:
        return math.nan
    baseline = comparable_baseline(data, context.so_far.first_batch)
    if not baseline.metric:
        return math.nan
    held_out = math.isfinite(baseline.validation) and not context.validation_apart
    score = baseline.validation if held_out else baseline.train
    return gain(score, baseline.chance)


def _diverged(train: TrainEvidence) -> bool:
    losses = [loss for loss in train.losses if math.isfinite(loss)]
    if len(losses) < 10:
        return False
    start, end = sorted(losses[:5])[2], sorted(losses[-5:])[2]
    return end > 1.5 * abs(start) + 1e-12
