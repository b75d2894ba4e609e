"""Whether a score worked out from outputs and targets is about what the loss asks for.

A step or loss of the user's own may return distances, embeddings or scores of anything beside its targets: accuracy and r2 of
those say nothing. Where a loss that is known, or the user, says what the outputs are, a score is believed; elsewhere the runs
decide: one in which the loss fell and the score did not shows that they are about different things.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from cnndoctor.evidence import Evidence
from cnndoctor.evidence.overfit import OverfitEvidence, Rung
from cnndoctor.evidence.train import Evaluation, TrainEvidence
from cnndoctor.evidence.trials import TrialsEvidence
from cnndoctor.signs.losses import BEGIN_WITH_SCORES
from cnndoctor.signs.success import TRAINED, evaluation_gain, first_loss, gain
from cnndoctor.signs.trial_gains import AS_CONFIGURED, CLEARLY, OTHER_LOSS

# Chosen from sound metric learning (a contrastive and a triplet loss on digits: 71 % and more of the loss gone, no error gone)
# and from own losses in configs/, whose error goes with their loss.
FELL = 0.3  # share of a loss that is gone where it clearly fell
FELL_ON_FEW = 0.9  # likewise on a few samples, where a loss that is understood comes to nothing
ERROR_LEFT = 0.9  # share of the error (1 - score) that is left where a score did not follow
NOTHING = 0.05  # gain that is still a constant prediction's
ALL_ALIKE = 0.95  # share of one answer; a loss may fall by the frequencies of the answers alone
HARDLY_VARIES = 0.1  # deviation of outputs against that of the targets; likewise by their mean
VALUED = {"regression", "custom"}  # tasks whose targets are numbers to be reached
AWAY = 10.0  # times its first size, below zero: chosen; a turned loss goes on for ever, an expected reward has an end
EPOCHS = 5  # that a fall of the score beside the loss must last: chosen
NEARLY_ALL = 0.85  # of all pairs of epochs, the later of which is lower: chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempt:
    """One run, by its loss and by its score; the score at its start is NaN where nobody looked."""

    loss_start: float
    loss_end: float
    score_start: float
    score_end: float
    chance: float
    fell: float


def score_is_foreign(evidence: Evidence) -> bool:
    """Return whether the score of this experiment is about something else than its loss.

    Args:
        evidence: Everything that was seen so far; the tiny subset and the watched run are what can show it.
    """
    if evidence.experiment.task_told:
        return False
    call = evidence.first_batch.loss if evidence.first_batch is not None else None
    if (
        call is not None
        and evidence.experiment.task in VALUED
        and (call.offset_free or _aims_elsewhere(evidence))
    ):
        return True
    if vouched_for(evidence):
        return False
    if (call is not None and call.other_targets) or _was_dropped(evidence):
        return True
    if _learnt_by_heart(evidence.overfit):
        return False
    if _is_of_a_density(evidence.overfit):
        return True
    if evidence.train is not None and _opposes(evidence.train):
        return True
    if evidence.trials is not None and not _runs_away(evidence.train) and _runs_disagree(evidence.trials):
        return True
    trained = evidence.train is not None and evaluation_gain(evidence.train.train) >= TRAINED
    return not trained and any(_contradicts(attempt) for attempt in _attempts(evidence))


def _aims_elsewhere(evidence: Evidence) -> bool:
    """Return whether a loss of the user's own wants other outputs than the targets; known ones that do are scored so."""
    first_batch, setup = evidence.first_batch, evidence.setup
    return first_batch is not None and first_batch.loss.aims_elsewhere and not (setup and setup.loss.known)


def vouched_for(evidence: Evidence) -> bool:
    """Return whether the user or a known loss says what the outputs are, so that no run has to show it.

    Args:
        evidence: What the stages up to the first batch saw.
    """
    experiment, setup, first_batch = evidence.experiment, evidence.setup, evidence.first_batch
    if experiment.task_told or experiment.task == "custom" or setup is None or first_batch is None:
        return True
    if setup.loss.known and not experiment.custom_step:
        return True
    call = first_batch.loss
    direct = setup.loss.known and bool(call.output_shape) and call.prediction_is_output
    known = bool(call.function) and not (experiment.task in VALUED and call.function in BEGIN_WITH_SCORES)
    return (direct or known) and call.meets_targets and not call.other_targets


def _learnt_by_heart(overfit: OverfitEvidence | None) -> bool:
    """Return whether the score came all the way on a few samples: it goes with the loss."""
    if overfit is None or overfit.metric == "loss-reduction":
        return False
    return any(rung.finite and rung.score >= overfit.goal for rung in (overfit.configured, *overfit.rungs))


def _is_of_a_density(overfit: OverfitEvidence | None) -> bool:
    """Return whether a few samples are learnt by a loss below zero, a density's, and predicted half-way only.

    What such a step returns is then a part of the prediction, one mean of a mixture say. A loss whose sign is turned goes below
    zero too, but predicts nothing.
    """
    if overfit is None or overfit.metric == "loss-reduction" or overfit.cut_short:
        return False
    few = overfit.configured
    return few.finite and few.loss_end < 0 < few.loss_start and gain(few.score, overfit.chance) > NOTHING


def _attempts(evidence: Evidence) -> Iterator[_Attempt]:
    overfit, train = evidence.overfit, evidence.train
    if overfit is not None and overfit.metric != "loss-reduction" and not overfit.constant_outputs:
        for rung in (overfit.configured, *overfit.rungs):
            if rung.finite:
                yield _on_few(rung, overfit)
    if train is not None and train.train is not None and not _constant(train.train):
        yield _of_split(train, train.train)


def _on_few(rung: Rung, overfit: OverfitEvidence) -> _Attempt:
    return _Attempt(
        loss_start=rung.loss_start,
        loss_end=rung.loss_end,
        score_start=rung.score_start if math.isfinite(rung.score_start) else overfit.chance,
        score_end=rung.score,
        chance=overfit.chance,
        fell=FELL_ON_FEW,
    )


def _of_split(train: TrainEvidence, judged: Evaluation) -> _Attempt:
    """Return the watched run; where there is validation, the loss has to fall there as well."""
    ends = [judged.loss, train.validation.loss if train.validation is not None else judged.loss]
    scores = [epoch.train_score for epoch in train.epochs if math.isfinite(epoch.train_score)]
    return _Attempt(
        loss_start=first_loss(train),
        loss_end=max(ends) if min(ends) >= 0 else min(ends),
        score_start=scores[0] if scores else judged.chance,
        score_end=judged.score,
        chance=judged.chance,
        fell=FELL,
    )


def _contradicts(attempt: _Attempt) -> bool:
    """Return whether the loss clearly fell while the score is at chance and hardly any of the error is gone.

    A loss below zero has no share that is gone, and may fall so because its sign is turned: it contradicts nothing.
    """
    if not (attempt.loss_start > 0 and 0 <= attempt.loss_end < math.inf):
        return False
    gone = 1 - attempt.loss_end / attempt.loss_start
    error = 1 - attempt.score_start
    left = (1 - attempt.score_end) / error if error > 0 else math.nan
    return gone >= attempt.fell and left >= ERROR_LEFT and gain(attempt.score_end, attempt.chance) <= NOTHING


def _was_dropped(evidence: Evidence) -> bool:
    """Return whether the score of the watched run was left out before, while the tiny subset still has one."""
    train, overfit = evidence.train, evidence.overfit
    scored = overfit is not None and overfit.metric not in {"", "loss-reduction"}
    return scored and train is not None and train.train is not None and not train.metric


def _runs_away(train: TrainEvidence | None) -> bool:
    """Return whether the loss fell far below zero without a floor: what is minimised is then at fault, not the score."""
    if train is None or train.train is None or not train.losses:
        return False
    # The very first: a loss that runs away has done so after three steps.
    return train.train.loss < -AWAY * max(1.0, abs(train.losses[0]))


def _runs_disagree(trials: TrialsEvidence) -> bool:
    """Return whether the change that does best by score does worse by the very loss that is minimised, on both splits.

    What is minimised and what is scored go together in any run whose outputs are taken for what they are.
    """
    base = next(iter(trials.of(AS_CONFIGURED)), None)
    others = [trial for trial in trials.trials if trial.name not in {AS_CONFIGURED, *OTHER_LOSS}]
    if base is None or not others or not math.isfinite(base.validation_loss + base.validation_score):
        return False
    best = max(others, key=lambda trial: _or_worst(trial.validation_score))
    helped = best.validation_score - base.validation_score >= CLEARLY * (1 - trials.chance)
    return helped and best.validation_loss > base.validation_loss and best.train_loss > base.train_loss


def _or_worst(score: float) -> float:
    return score if math.isfinite(score) else -math.inf


def _opposes(train: TrainEvidence) -> bool:
    """Return whether loss and score fell together, epoch by epoch on both splits, to a score below a constant prediction's.

    Scores of a ranking have no zero: the better they are, the further they are from the relevance that r2 compares them with. A
    loss below zero may fall so because its sign is turned.
    """
    told = [epoch for epoch in train.epochs if min(epoch.train_loss, epoch.validation_loss) >= 0]
    if len(told) < EPOCHS or len(told) < len(train.epochs) or train.train is None:
        return False
    splits = (
        [(epoch.train_loss, epoch.train_score) for epoch in told],
        [(epoch.validation_loss, epoch.validation_score) for epoch in told],
    )
    below = gain(train.train.score, train.train.chance) <= 0
    return below and all(_falls(split, 0) and _falls(split, 1) for split in splits)


def _falls(points: Sequence[tuple[float, float]], column: int) -> bool:
    """Return whether nearly every later value lies below every earlier one, over all pairs of epochs."""
    pairs = list(combinations((point[column] for point in points), 2))
    return sum(later < earlier for earlier, later in pairs) >= NEARLY_ALL * len(pairs)


def _constant(judged: Evaluation) -> bool:
    return judged.top_prediction_share >= ALL_ALIKE or judged.output_std <= HARDLY_VARIES
