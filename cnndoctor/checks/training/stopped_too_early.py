"""A run that ended while it was still improving."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import ExperimentEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.series import slope
from cnndoctor.signs.noise import score_error
from cnndoctor.signs.trial_gains import AS_CONFIGURED, BELOW_BASELINE, RATES, halving, outdoes, rescue


@check(severity=Severity.NOTE, grade="C", explains=("underfitting",))
def stopped_too_early(
    experiment: ExperimentEvidence,
    train: TrainEvidence,
    trials: TrialsEvidence | None,
    *,
    min_epochs: int = 5,
    max_decay: float = 0.1,
    min_rise: float = 0.02,
    min_gain: float = 0.15,
) -> Judgement:
    """The run ended while validation was still improving.

    What it measures:
        The least-squares slope of the validation score over the last half of the epochs, with its standard error: still
        rising by more than two of them, and by more than 2 % and one standard error of the score, while the learning rate has
        not yet decayed to a tenth. Or, in a run that fell short, paired runs: three times the steps go clearly further on two
        seeds, and further than any other change. In one that rises still and lies below simple models, half of the error
        gone is enough, and another rate may do as well.
    Why it matters:
        More of the same would have made it better.
    How to fix:
        Raise ``train.epochs`` (and the length of the schedule with it), or raise the learning rate within its band.
    When it is not a fault:
        A fixed budget: a note, unless paired runs confirm it in a run that fell short.

    References:
        - Cao et al. 2022, DeepFD: automated fault diagnosis and localization for deep learning programs, ICSE (too few epochs)
        - limits are ours; saved runs of scripts/clinic.py hold ``min_epochs`` and ``min_rise``, the others are chosen
          (docs/thresholds.md)
    """
    if train.ended == "completed" and trials is not None and outdoes(trials, "longer", clearly=min_gain):
        return _more_steps_help(experiment, train, trials)
    scored = [e for e in train.epochs if math.isfinite(e.validation_score)]
    if len(scored) < min_epochs or train.ended != "completed":
        return NotApplicable(reason=f"fewer than {min_epochs} validated epochs, or not run to its end")
    peak = max((e.lr for e in train.epochs), default=0.0)
    last = scored[-max(3, len(scored) // 2) :]
    trend = slope([e.validation_score for e in last])
    more = rescue(trials, "longer") > 0
    decayed = last[-1].lr < max_decay * peak
    rises = trend.value > max(2 * trend.error, min_rise, score_error(train.validation))
    if decayed or not rises:
        return None
    if trials is not None and trials.reason == BELOW_BASELINE and _halves_alone(trials):
        return _more_steps_help(experiment, train, trials)
    doubled = 2 * (experiment.epochs or len(train.epochs))
    return Finding(
        message=(
            f"Over the last {len(last)} epochs the validation {train.metric or 'score'} still rose by {trend.value:.1%} "
            f"(± {trend.error:.1%}), and the learning rate had not decayed."
        ),
        confidence=0.7 if more else 0.5,
        places=(Place(kind="key", name="train.epochs"),),
        measured={"rise": trend.value, "error": trend.error},
        remedies=(
            Remedy(text="Train longer.", patch={"train.epochs": doubled} if experiment.epochs else {}),
        ),
    )


def _halves_alone(trials: TrialsEvidence) -> bool:
    """Return whether more steps leave half of the error, and nothing but another rate does as well."""
    others = {trial.name for trial in trials.trials} - {AS_CONFIGURED, "longer", *RATES}
    own = halving(trials, "longer")
    return own > max((halving(trials, name) for name in others), default=0.0)


def _more_steps_help(experiment: ExperimentEvidence, train: TrainEvidence, trials: TrialsEvidence) -> Finding:
    configured, longer = trials.of(AS_CONFIGURED)[0], trials.of("longer")[0]
    tripled = 3 * (experiment.epochs or len(train.epochs))
    return Finding(
        message=(
            f"Three times the steps come to a score of {longer.train_score:.2f} on training data where {configured.steps} come "
            f"to {configured.train_score:.2f}, and no change but another rate helps as much: the run ends too early."
        ),
        confidence=0.75,
        severity=Severity.WARNING,
        confirmed=True,
        places=(Place(kind="key", name="train.epochs"),),
        measured={
            "steps": configured.steps,
            "score": configured.train_score,
            "score in three times the steps": longer.train_score,
        },
        remedies=(
            Remedy(text="Train longer.", patch={"train.epochs": tripled} if experiment.epochs else {}),
        ),
    )
