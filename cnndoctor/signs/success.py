"""How well a run went, free of scale: share of the way from a constant prediction to a perfect one."""

from __future__ import annotations

import math
from statistics import median

from cnndoctor.evidence.data import SimpleBaseline
from cnndoctor.evidence.train import Evaluation, TrainEvidence
from cnndoctor.signs.noise import balanced_gain, score_error

# A run that goes half the way from chance to perfect, or as far as simple models do, counts as trained; what then looks odd
# is information. Chosen; scripts/clinic.py shows the runs.
TRAINED = 0.5
OF_BASELINE = 0.9  # of what simple models reach
# Share of the way to perfect, and times a simple model's error, by which a run lies far behind it. Chosen on 560 runs; since
# then sound ones were met up to 10 % of the way behind, so that this is a note and a reason for paired runs, never a proof.
BEHIND, TIMES_THE_ERROR = 0.05, 2.5
# Share of the way to perfect from which nothing is left to prove, and what looks odd costs next to nothing: two seeds of
# configs/unseen/classics/letters-detach.yaml differ by 0.016.
NEAR_PERFECT = 0.98
FIRST_LOSSES = 3  # whose mean is where a loss started
WORTH_COMPARING = 0.1  # a baseline that hardly beats a constant says nothing about the run


def gain(score: float, chance: float) -> float:
    """Return (score − chance) / (1 − chance): 0 is a constant prediction, 1 is perfect; NaN when unknown.

    Args:
        score: A score whose best value is 1 (accuracy, r2 …).
        chance: Score of the best constant prediction.
    """
    if not (math.isfinite(score) and math.isfinite(chance)) or chance >= 1:
        return math.nan
    return (score - chance) / (1 - chance)


def evaluation_gain(evaluation: Evaluation | None) -> float:
    """Return the gain of one evaluation, by accuracy or by mean recall; from losses where no score is known; NaN without."""
    if evaluation is None:
        return math.nan
    by_score = gain(evaluation.score, evaluation.chance)
    if math.isfinite(by_score):
        balanced = balanced_gain(evaluation)
        return max(by_score, balanced) if math.isfinite(balanced) else by_score
    if math.isfinite(evaluation.loss) and evaluation.chance_loss > 0:
        return 1 - evaluation.loss / evaluation.chance_loss
    return math.nan


def held_out_gain(train: TrainEvidence) -> float:
    """Return the gain on validation, or on training data where there is no validation; NaN when unknown."""
    on_validation = evaluation_gain(train.validation)
    return on_validation if math.isfinite(on_validation) else evaluation_gain(train.train)


def near_perfect(train: TrainEvidence | None) -> bool:
    """Return whether a run left nothing to gain on held-out data; not where nobody knows."""
    return train is not None and held_out_gain(train) >= NEAR_PERFECT


def loss_gone(train: TrainEvidence) -> float:
    """Return the share of the first loss that is gone at the end, on held-out data where there are any; NaN when unknown.

    What a run without any known score (a step of one's own with several losses) can be told by. It proves success and never
    failure: a loss may have a floor far above 0.
    """
    ends, first = train.judged, first_loss(train)
    if ends is None or not first > 0 or not 0 <= ends.loss < math.inf:
        return math.nan
    return 1 - ends.loss / first


def first_loss(train: TrainEvidence) -> float:
    """Return the median of the first three losses, and no more than the very first; NaN when unknown.

    A rate far too high blows the loss up within a step or two: what it then comes down from is its own doing.
    """
    known = [loss for loss in train.losses[:FIRST_LOSSES] if math.isfinite(loss)]
    return min(median(known), known[0]) if known else math.nan


def trained_well(train: TrainEvidence | None, baseline: SimpleBaseline | None = None) -> bool:
    """Return whether the run plainly learnt: symptoms are then information, not faults.

    Args:
        train: The watched run; None when it did not run.
        baseline: What simple models reach on the same data; lowers the bar on hard data.
    """
    if train is None or train.nonfinite is not None:
        return False
    reached = held_out_gain(train)
    if not math.isfinite(reached):
        return loss_gone(train) >= TRAINED
    reference = gain(baseline.validation, baseline.chance) if baseline else math.nan
    if math.isfinite(reference) and reference > 0:
        return reached >= min(TRAINED, OF_BASELINE * reference) and reached > 0.05
    return reached >= TRAINED


def learnt_in_steps(train: TrainEvidence | None) -> bool:
    """Return whether the run plainly learnt as its steps see it, whatever an evaluation afterwards computes.

    With batch statistics where the model has them, else by the last epoch's score in training mode.
    """
    if train is None or train.train is None:
        return False
    if train.train_in_train_mode is not None:
        return evaluation_gain(train.train_in_train_mode) >= TRAINED
    return bool(train.epochs) and gain(train.epochs[-1].train_score, train.train.chance) >= TRAINED


def errs_far_more(judged: Evaluation | None, reached: float, reference: float) -> bool:
    """Return whether a run leaves a multiple of the error that a simple model leaves on the same held-out data.

    Near the top a share of the gain says little: 88 % right is no success where nearest neighbours have 97 %.

    Args:
        judged: The run on held-out data; None without.
        reached: Its gain.
        reference: Gain of the simple model; NaN when unknown.
    """
    if judged is None or not reference - reached >= max(BEHIND, 3 * score_error(judged)):
        return False
    return 1 - reached > TIMES_THE_ERROR * (1 - reference)


def behind_baseline(
    train: TrainEvidence | None, baseline: SimpleBaseline | None, *, of_baseline: float = 0.8
) -> bool:
    """Return whether the run fits its own training data clearly worse than a simple model predicts unseen data.

    Args:
        train: The watched run; None when it did not run.
        baseline: What simple models reach on the same data.
        of_baseline: Share of the baseline's gain that is enough; a lack within three standard errors is none.
    """
    if train is None or train.train is None or baseline is None or not baseline.metric:
        return False
    simple, reached = gain(baseline.train, baseline.chance), evaluation_gain(train.train)
    if not (math.isfinite(simple) and math.isfinite(reached)) or simple < WORTH_COMPARING:
        return False
    return reached < of_baseline * simple and simple - reached >= 3 * score_error(train.train)
