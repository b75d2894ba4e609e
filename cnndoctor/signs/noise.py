"""How far a score may lie off by chance, so that small validation sets raise no alarm."""

from __future__ import annotations

import math

from cnndoctor.evidence.train import Evaluation

# A constant answer has its score exactly on the same samples, so that a run this far from it to perfect is none, however few.
HALF_WAY = 0.5
FEWEST = 10  # samples of a class whose recall counts; chosen: its error is then at most 0.16


def score_error(evaluation: Evaluation | None) -> float:
    """Return the standard error of a score that is a share of samples; infinite when nothing was judged.

    One success and one failure are added (Laplace), so that 20 of 20 is not taken for certainty. For r2 the same formula is
    a fair order of magnitude.

    Args:
        evaluation: The judged split.
    """
    if evaluation is None or evaluation.samples < 1 or not math.isfinite(evaluation.score):
        return math.inf
    share = min(1.0, max(0.0, evaluation.score))
    smoothed = (share * evaluation.samples + 1) / (evaluation.samples + 2)
    return math.sqrt(smoothed * (1 - smoothed) / evaluation.samples)


def at_chance(evaluation: Evaluation | None, *, errors: float = 3.0, min_gain: float = 0.05) -> bool:
    """Return whether a score is no better than the best constant prediction, within its error, nor the loss than its loss.

    Where one answer is nearly always right, a model that ranks well gives it always, too: there the loss tells.

    Args:
        evaluation: The judged split.
        errors: Standard errors above chance that still count as chance.
        min_gain: Share of the way from chance to perfect that counts as nothing, however many samples.
    """
    if evaluation is None or not (math.isfinite(evaluation.score) and math.isfinite(evaluation.chance)):
        return False
    if evaluation.chance >= 1:  # all targets are one, as of ranked pairs: no answer is better than that
        return False
    if balanced_gain(evaluation, errors=errors) > min_gain or _loss_is_lower(evaluation, min_gain):
        return False
    perfect = 1 - evaluation.chance
    scatter = 0.0 if _dense(evaluation) else min(errors * score_error(evaluation), HALF_WAY * perfect)
    return evaluation.score <= evaluation.chance + max(scatter, min_gain * perfect)


def _loss_is_lower(evaluation: Evaluation, min_gain: float) -> bool:
    """Return whether the loss lies clearly below that of the best constant prediction; the fewer samples, the further."""
    if not evaluation.chance_loss > 0 or not evaluation.samples:
        return False
    return evaluation.loss < (1 - min_gain - 1 / math.sqrt(evaluation.samples)) * evaluation.chance_loss


def balanced_gain(evaluation: Evaluation, *, errors: float = 2.0) -> float:
    """Return how far the mean recall of the classes lies above that of one answer for all, less its error; NaN when unknown.

    Where one class is far more frequent, a weighted loss gives up accuracy for recall: below the base rate, and no worse.

    Args:
        evaluation: The judged split.
        errors: Standard errors that are taken off, so that a few lucky samples of a rare class count for nothing.
    """
    rows = [row for row in evaluation.classes if row.support >= FEWEST and math.isfinite(row.recall)]
    if len(rows) < 2:
        return math.nan
    variance = sum(row.recall * (1 - row.recall) / row.support for row in rows) / len(rows) ** 2
    chance = 1 / len(rows)
    recall = sum(row.recall for row in rows) / len(rows)
    return (recall - errors * math.sqrt(variance) - chance) / (1 - chance)


def _dense(evaluation: Evaluation) -> bool:
    """Return whether each sample has many answers, as masks have: their mean scatters far less than one answer does."""
    return sum(result.support for result in evaluation.classes) > evaluation.samples


def score_text(score: float, metric: str) -> str:
    """Return a score as people write it: shares in percent, r2 as a number.

    Args:
        score: The score.
        metric: Its name.
    """
    return f"{score:.3g}" if metric == "r2" else f"{score:.1%}"
