"""Paired runs where the causes are known beforehand: beside their treatment, and only where that was not enough."""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter

from cnndoctor.context import Context
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.evaluation import bare
from cnndoctor.signs.success import FIRST_LOSSES
from cnndoctor.training.bench import as_long_as_configured, bench_for
from cnndoctor.training.beside_treatment import run_beside
from cnndoctor.training.comparison import compared
from cnndoctor.training.paired_round import Round
from cnndoctor.training.reasons import baseline_gain, reason_for, whole_score_of
from cnndoctor.training.treatments import treatment_of
from cnndoctor.training.trial_run import attempt
from cnndoctor.training.what_to_try import why_and_what

KNOWN_SECONDS = 30.0  # a run longer than this is not made again for a cause that is known: chosen


def with_known_treated(context: Context, train: TrainEvidence) -> TrialsEvidence | None:
    """Run the experiment with its known causes treated; where that is not enough, try every other change beside it.

    None where the run went well, where a cause has no automatic treatment, where that does not fit this model, or where one
    run would take too long.

    Args:
        context: The experiment, its known causes and what the stages before saw.
        train: The watched run.
    """
    sick = reason_for(train, baseline_gain(context))
    treatment = treatment_of(context.known_causes, context.so_far) if sick else None
    if treatment is None or train.planned_steps * train.seconds_per_step > KNOWN_SECONDS:
        return None
    started = perf_counter()
    context.tell.progress(0, None, f"the known cause treated: {treatment.words}")
    bench, alone = as_long_as_configured(context, train), replace(treatment, name=AS_CONFIGURED.name)
    trial = attempt(bench, alone, context.experiment.seed)
    treated = _treated(context, train, treatment, trial) if trial is not None else None
    if treated is None:
        return None
    seconds = perf_counter() - started
    return TrialsEvidence(reason=sick, chance=treated.chance, seconds=seconds, treated=treated)


def _treated(
    context: Context, train: TrainEvidence, treatment: Change, alone: Trial
) -> TrialsEvidence | None:
    """Return the treated run where it went well, else every other change beside it; None where none fits there."""
    cured = _as_watched(train, alone)
    reason, changes = why_and_what(context, cured)
    trials = [alone]
    if reason:
        bench = bench_for(context, cured, changes, reason)
        trials = run_beside(Round(context=context, train=cured, bench=bench, changes=changes), treatment)
    if not trials:
        return None
    treated = TrialsEvidence(
        reason=reason,
        chance=train.train.chance if train.train else math.nan,
        trials=tuple(trials),
        whole_score=whole_score_of(cured),
        treatment=treatment.words,
        treats=context.known_causes,
    )
    return compared(treated, cured)


def _as_watched(train: TrainEvidence, trial: Trial) -> TrainEvidence:
    """Return the watched run as if it had ended where a trial did; of its losses the first ones are kept, as a scale."""
    ends = [
        replace(bare(judged), loss=loss, score=score) if judged is not None else None
        for judged, loss, score in (
            (train.train, trial.train_loss, trial.train_score),
            (train.validation, trial.validation_loss, trial.validation_score),
        )
    ]
    return replace(
        train,
        ended="completed",
        nonfinite=None,
        steps=trial.steps,
        losses=train.losses[:FIRST_LOSSES],
        train=ends[0],
        validation=ends[1],
    )
