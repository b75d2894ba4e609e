"""Paired runs after a training that went badly, or that something asks for: each differs from it in a single thing.

Rivals are all run, from the same seed and as long as each other, also after one rescued the training: what tells a cause from a
crutch is which change ends better. What helped is run with two seeds, as long as the configured run where time allows: a change
that is merely quicker would be caught up with.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from time import perf_counter
from typing import Any

import torch

from cnndoctor.context import Context
from cnndoctor.errors import CnndoctorError
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.loop import end_epoch, evaluate, steps
from cnndoctor.patient.changes import AS_CONFIGURED, Change, together
from cnndoctor.patient.evaluation import Watched, bare, held_out_sample, training_sample
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.signs.batch_order import sorted_by_label
from cnndoctor.signs.success import FIRST_LOSSES, evaluation_gain
from cnndoctor.signs.trial_gains import ASKED, DECISIVE, best_rescue, rescue, scored_by_loss, worst_gain
from cnndoctor.training.asked import asked_changes
from cnndoctor.training.reasons import (
    MEMORISED,
    baseline_gain,
    is_cut,
    is_cut_off,
    loses_on_validation,
    reason_for,
    validation_tells_of_itself,
    whole_score_of,
)
from cnndoctor.training.rivals import LONGER, rivals
from cnndoctor.training.treatments import treatment_of

# Seconds and steps are chosen: what the runs of configs/ take on two processors without keeping a person waiting for long.
MOST_STEPS = 300
FEWEST_STEPS = 40
LEAST_SECONDS = 40.0  # time box of all trials of a short run
CONFIRMING_STEPS = 1000
CONFIRMING_SECONDS = 60.0  # likewise of the pairs that decide
HARD_SECONDS = 120.0  # after this no further trial is started, whatever was planned
TREATED_SECONDS = 75.0  # likewise beside a treatment
KNOWN_SECONDS = 30.0  # a run longer than this is not made again for a cause that is known
SAMPLES_JUDGED = 400
PACED_STEPS = 12
LOOK_EVERY = 10
BAD_LOOKS = 3
HALF = 0.5  # of the way to perfect: chosen; a flipped pose came from below a constant answer to 0.97 of it
HELPED = 0.05  # gain over the configured run that earns a second seed
LEAST_OF_WHOLE = (
    0.25  # of the configured run's steps; chosen: shorter pairs cannot outdo a run that went fairly well
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What all trials share: how long, and what they are judged on."""

    experiment: Experiment
    steps: int
    seconds_per_step: float
    box: TimeBox
    validation_size: int


def run_trials(context: Context, train: TrainEvidence) -> TrialsEvidence | None:
    """Run the paired experiments when training went badly; None when it did not, and nothing asks for one.

    Where the cause is known beforehand, they are run beside its treatment, and only when that was not enough.

    Args:
        context: The experiment and what the stages before saw.
        train: The watched run.
    """
    if train.is_stub or (context.effort == "smoke" and train.ended == "budget"):
        return None
    if context.validation_apart and loses_on_validation(train):  # its scores say nothing of the training then
        train = replace(train, validation=None)
    reason = reason_for(train, baseline_gain(context))
    if context.known_causes and reason:
        return _with_known_treated(context, train, reason)
    asked = frozenset() if reason or context.known_causes else asked_changes(context, train)
    reason = reason or (ASKED if asked else "")
    if not reason:
        return None
    started = perf_counter()
    changes = _rivals(context, train, asked)
    if len(changes) < 2:
        return None
    bench = _bench(context, train, len(changes), reason)
    if reason == ASKED and bench.steps < LEAST_OF_WHOLE * train.planned_steps:
        return None
    trials = _decided(context, train, bench, changes, _screened(context, bench, changes))
    evidence = TrialsEvidence(
        reason=reason,
        chance=train.train.chance if train.train else math.nan,
        trials=tuple(trials),
        seconds=perf_counter() - started,
        whole_score=whole_score_of(train),
    )
    evidence = _split_chosen(_scored(evidence, train), train)
    treated = _treated(context, train, bench, changes, evidence)
    return replace(
        evidence, treated=treated or _with_suspects_treated(context, train, bench, changes, evidence)
    )


def _treated(
    context: Context, train: TrainEvidence, bench: _Bench, changes: Sequence[Change], found: TrialsEvidence
) -> TrialsEvidence | None:
    """Try every other change beside the one that cured best, where the cured run is still sick; None where it is not."""
    best = best_rescue(found)
    if best is None or rescue(found, best.name, clearly=DECISIVE) <= 0:
        return None
    cured, baseline = worst_gain(found, best.name), baseline_gain(context)
    if cured >= MEMORISED or cured >= baseline:
        return None
    first = next(change for change in changes if change.name == best.name)
    return _round_beside(context, train, bench, first, changes, found)


def _with_suspects_treated(
    context: Context, train: TrainEvidence, bench: _Bench, changes: Sequence[Change], found: TrialsEvidence
) -> TrialsEvidence | None:
    """Try every change beside the treatment of what is suspected, where none helped by itself; None where one did.

    Of two faults that each keep the run from training, treating one alone shows nothing.
    """
    first = treatment_of(context.suspects, context.so_far)
    if first is None or best_rescue(found) is not None or found.reason == ASKED:
        return None
    treated = _round_beside(context, train, bench, first, changes, found)
    return replace(treated, treats=context.suspects) if treated is not None else None


def _round_beside(  # noqa: PLR0917 - what the round before had, and its treatment
    context: Context,
    train: TrainEvidence,
    bench: _Bench,
    first: Change,
    changes: Sequence[Change],
    found: TrialsEvidence,
) -> TrialsEvidence | None:
    """Return the same round of pairs once more with a treatment in every run; None where nothing fits beside it."""
    trials = _beside(context, train, bench, first, changes)
    treated = TrialsEvidence(
        reason=found.reason,
        chance=found.chance,
        trials=tuple(trials),
        treatment=first.words,
        on_training=found.on_training,
    )
    return replace(_scored(treated, train), whole_score=math.nan) if trials else None


def _beside(
    context: Context, train: TrainEvidence, bench: _Bench, first: Change, changes: Sequence[Change]
) -> list[Trial]:
    """Pair a treatment alone with the treatment and each other change; empty where there is none."""
    besides = [both for change in changes[1:] if change is not LONGER and (both := together(first, change))]
    if not besides:
        return []
    base = replace(first, name=AS_CONFIGURED.name)
    fresh = replace(bench, box=TimeBox(max(TREATED_SECONDS, train.seconds)))
    return _decided(context, train, fresh, [base, *besides], _screened(context, fresh, [base, *besides]))


def _with_known_treated(context: Context, train: TrainEvidence, sick: str) -> TrialsEvidence | None:
    """Run the experiment with its known causes treated; where that is not enough, try every other change beside it.

    None where a cause has no automatic treatment, where that does not fit this model, or one run would take too long.
    """
    first = treatment_of(context.known_causes, context.so_far)
    if first is None or train.planned_steps * train.seconds_per_step > KNOWN_SECONDS:
        return None
    started = perf_counter()
    context.tell.progress(0, None, f"the known cause treated: {first.words}")
    whole = _Bench(
        experiment=context.experiment,
        steps=train.planned_steps or train.steps,
        seconds_per_step=train.seconds_per_step,
        box=TimeBox(HARD_SECONDS),
        validation_size=train.validation.samples if train.validation else 0,
    )
    alone: list[Trial] = []
    _attempt(whole, replace(first, name=AS_CONFIGURED.name), context.experiment.seed, alone)
    if not alone:
        return None
    cured = _as_watched(train, alone[0])
    reason = reason_for(cured, baseline_gain(context))
    asked = frozenset() if reason else asked_changes(context, cured)
    reason = reason or (ASKED if asked else "")
    pairs = alone
    if reason:
        changes = _rivals(context, cured, asked)
        pairs = _beside(context, cured, _bench(context, cured, len(changes), reason), first, changes)
    if not pairs:
        return None
    treated = TrialsEvidence(
        reason=reason,
        chance=train.train.chance if train.train else math.nan,
        trials=tuple(pairs),
        whole_score=whole_score_of(cured),
        treatment=first.words,
        treats=context.known_causes,
    )
    return TrialsEvidence(
        reason=sick,
        chance=treated.chance,
        seconds=perf_counter() - started,
        treated=_split_chosen(_scored(treated, cured), cured),
    )


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


def _split_chosen(evidence: TrialsEvidence, train: TrainEvidence) -> TrialsEvidence:
    """Compare the runs on training data where validation tells of itself alone, unless a change brings it right."""
    left_out = train.validation is None and any(
        math.isfinite(one.validation_score) for one in evidence.trials
    )
    if not left_out and not validation_tells_of_itself(train):
        return evidence
    names = {trial.name for trial in evidence.trials} - {AS_CONFIGURED.name, LONGER.name}
    if not left_out and any(rescue(evidence, name, clearly=HALF) >= HALF for name in names):
        return evidence
    by_training = train.train.score if train.train else math.nan
    return replace(evidence, on_training=True, whole_score=by_training)


def _scored(evidence: TrialsEvidence, train: TrainEvidence) -> TrialsEvidence:
    return evidence if math.isfinite(evaluation_gain(train.train)) else scored_by_loss(evidence, train)


def _rivals(context: Context, train: TrainEvidence, asked: frozenset[str]) -> list[Change]:
    """Return the changes to try, the configured run first; where some are asked for, no others."""
    first, data = context.so_far.first_batch, context.so_far.data
    penalised = first is not None and bool(first.loss.penalty)
    changes = rivals(
        context.experiment,
        penalised=penalised,
        cut=is_cut(context, train) or is_cut_off(context),
        scrambled=data.train.scrambled if data is not None else "",
        sorted_batches=data is not None and sorted_by_label(data.train.loader),
        linear_chains=first.linear_chains if first is not None else (),
        reshapes=first.reshapes if first is not None else (),
    )
    return [change for change in changes if not asked or change.name in {AS_CONFIGURED.name, *asked}]


def _screened(context: Context, bench: _Bench, changes: Sequence[Change]) -> list[Trial]:
    """Run every change once."""
    trials: list[Trial] = []
    for number, change in enumerate(changes):
        context.tell.progress(number, len(changes) + 6, f"paired runs: {change.words}")
        _attempt(bench, change, context.experiment.seed, trials)
    return trials


def _decided(
    context: Context, train: TrainEvidence, bench: _Bench, changes: Sequence[Change], screened: list[Trial]
) -> list[Trial]:
    """Run what helped with two seeds, as long as time allows; a longer run stands in place of the short one."""
    helpful = _helpful(screened)
    chosen = [change for change in changes if change.name in helpful]
    decisive = _longer(bench, train, chosen)
    trials, seeds = screened, [context.experiment.seed + 1]
    if decisive.steps > bench.steps:
        trials = [trial for trial in screened if trial.name not in helpful]
        seeds.insert(0, context.experiment.seed)
    for seed in seeds:
        for number, change in enumerate(chosen):
            context.tell.progress(number, len(chosen), f"once more, with seed {seed}: {change.words}")
            _attempt(decisive, change, seed, trials)
    return trials


def _bench(context: Context, train: TrainEvidence, rivals: int, reason: str) -> _Bench:
    """Choose the steps so that all rivals fit the time box; halved as a whole, so that clocks hardly ever change it.

    A single rival may take as long as the pairs that decide; one that has to outdo a run that went well is as long at once.
    """
    runs, seconds = (2 * rivals, HARD_SECONDS) if reason == ASKED else (rivals + 6, LEAST_SECONDS)
    box = max(seconds, train.seconds / 2)
    pace = _pace(context.experiment, train)
    most = CONFIRMING_STEPS if reason == ASKED else MOST_STEPS
    return _Bench(
        experiment=context.experiment,
        steps=_fitting(min(most, train.planned_steps or most), runs * pace, box, least=FEWEST_STEPS),
        seconds_per_step=pace,
        box=TimeBox(max(HARD_SECONDS, train.seconds)),
        validation_size=train.validation.samples if train.validation else 0,
    )


def _fitting(wanted: int, seconds: float, box: float, *, least: int) -> int:
    """Return the steps, halved until they fit the box at so many seconds each."""
    while wanted > least and wanted * seconds > box:
        wanted //= 2
    return max(1, wanted)


def _pace(experiment: Experiment, train: TrainEvidence) -> float:
    """Return the seconds of a step while nobody else wants the processor; the watched run's own where nothing can be timed."""
    with preserved_randomness():
        session, made = experiment.fresh(), 0
        box = TimeBox()
        for step in steps(session, islice(session.train_loader, PACED_STEPS * session.accumulate)):
            if step.index == 0:  # what is set up once is no part of the pace
                box = TimeBox()
            made = step.index
    return box.spent / made if made else train.seconds_per_step


def _longer(bench: _Bench, train: TrainEvidence, chosen: Sequence[Change]) -> _Bench:
    """Choose the steps of the pairs that decide: the whole run's, halved until two seeds of each fit their time box."""
    runs = 2 * (len(chosen) + 2 * (LONGER in chosen))
    box = max(CONFIRMING_SECONDS, train.seconds / 2)
    wanted = min(CONFIRMING_STEPS, train.planned_steps or CONFIRMING_STEPS)
    steps_each = _fitting(wanted, runs * bench.seconds_per_step, box, least=bench.steps)
    return replace(bench, steps=max(steps_each, bench.steps))


def _helpful(trials: list[Trial]) -> set[str]:
    """Return the names of what deserves a second seed: the configured run and every change that clearly did better."""
    base = next((trial for trial in trials if trial.name == AS_CONFIGURED.name), None)
    if base is None:
        return set()
    return {base.name} | {trial.name for trial in trials if better(trial, base)}


def better(trial: Trial, base: Trial) -> bool:
    """Return whether a trial ended clearly better than another: by score on either split, or by loss without a score."""
    if math.isfinite(trial.train_score):
        pairs = (trial.train_score, base.train_score), (trial.validation_score, base.validation_score)
        return not math.isfinite(base.train_score) or any(
            ours >= theirs + _worth_a_seed(theirs) for ours, theirs in pairs
        )
    if not math.isfinite(trial.train_loss):
        return False
    return not math.isfinite(base.train_loss) or trial.train_loss < (1 - HELPED) * base.train_loss


def _worth_a_seed(score: float) -> float:
    """Return the gain from which a change is run again: near the top there is less to gain."""
    return min(HELPED, max(HELPED / 5, HALF * (1 - score))) if math.isfinite(score) else HELPED


def _attempt(bench: _Bench, change: Change, seed: int, trials: list[Trial]) -> None:
    """Run one trial and add its record; one that cannot run (a rival that does not fit this model) leaves none."""
    if bench.box.over:
        return
    try:
        trials.append(_run(bench, change, seed))
    except (CnndoctorError, RuntimeError, ValueError, TypeError):
        # The configured run works; a change that breaks it (a swapped activation, say) says nothing about the fault.
        return


def _run(bench: _Bench, change: Change, seed: int) -> Trial:
    session = bench.experiment.fresh(seed=seed, change=change)
    budget = bench.steps * 3 if change is LONGER else bench.steps
    made, finite = _train(session, budget)
    # As much as validation has, as the watched run is judged; without validation as much as would be judged of it.
    judged = min(bench.validation_size or SAMPLES_JUDGED, SAMPLES_JUDGED)
    known, _ = training_sample(bench.experiment, session, judged)
    held_out = held_out_sample(bench.experiment, session, SAMPLES_JUDGED)
    train_loss, train_score = _judged(session, bench, known) if finite else (math.nan, math.nan)
    loss, score = _judged(session, bench, held_out) if finite else (math.nan, math.nan)
    return Trial(
        name=change.name,
        change=change.words,
        seed=seed,
        steps=made,
        train_loss=train_loss,
        train_score=train_score,
        validation_loss=loss,
        validation_score=score,
    )


def _train(session: Session, budget: int) -> tuple[int, bool]:
    """Train for a number of steps; return how many were made and whether the loss stayed finite."""
    made, bad = 0, 0
    while made < budget:
        before = made
        batches = islice(session.train_loader, (budget - made) * session.accumulate)
        for step in steps(session, batches, start=made):
            made = step.index + 1
            if made % LOOK_EVERY == 0:
                bad = 0 if bool(torch.isfinite(step.loss)) else bad + 1
                if bad >= BAD_LOOKS:
                    return made, False
        if made == before:
            break
        end_epoch(session, None)
    return made, True


def _judged(session: Session, bench: _Bench, batches: Iterable[Any]) -> tuple[float, float]:
    """Return loss and score in eval mode."""
    seen = Watched(session, bench.experiment.task)
    for batch, computed in evaluate(session, batches):
        seen.add(batch, computed)
    loss = seen.loss()
    return loss, seen.tally.score() if math.isfinite(loss) else math.nan
