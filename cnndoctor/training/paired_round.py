"""One round of paired runs: every change once, then what helped again with a second seed, as long as time allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnndoctor.context import Context
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.evidence.trials import Trial
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.training.bench import Bench, long_enough_to_decide
from cnndoctor.training.trial_run import attempt

HELPED = 0.05  # gain over the configured run that earns a second seed
OF_THE_ERROR = 0.5  # near the top, where half of what is left is less than that: chosen
LEAST_GAIN = HELPED / 5  # that counts even there: chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round of paired runs goes by.

    Attributes:
        context: The experiment, what the stages before saw, and whom to tell.
        train: The watched run that it explains.
        bench: How long its runs are.
        changes: What is tried; the run that all are compared with first.
    """

    context: Context
    train: TrainEvidence
    bench: Bench
    changes: Sequence[Change]


def run_round(pairs: Round) -> list[Trial]:
    """Run every change once, and what helped with two seeds; a longer run stands in place of the short one."""
    return _decided(pairs, _screened(pairs))


def _screened(pairs: Round) -> list[Trial]:
    """Run every change once."""
    trials = []
    for number, change in enumerate(pairs.changes):
        pairs.context.tell.progress(number, len(pairs.changes) + 6, f"paired runs: {change.words}")
        trials.append(attempt(pairs.bench, change, pairs.context.experiment.seed))
    return [trial for trial in trials if trial is not None]


def _decided(pairs: Round, screened: list[Trial]) -> list[Trial]:
    """Run what helped with two seeds, as long as time allows; a longer run stands in place of the short one."""
    helpful = _helpful(screened)
    chosen = [change for change in pairs.changes if change.name in helpful]
    decisive = long_enough_to_decide(pairs.bench, pairs.train, chosen)
    seed = pairs.context.experiment.seed
    if decisive.steps == pairs.bench.steps:
        return screened + _again(pairs, decisive, chosen, seed + 1)
    kept = [trial for trial in screened if trial.name not in helpful]
    return kept + _again(pairs, decisive, chosen, seed) + _again(pairs, decisive, chosen, seed + 1)


def _again(pairs: Round, bench: Bench, chosen: Sequence[Change], seed: int) -> list[Trial]:
    """Run what was chosen with one seed."""
    trials = []
    for number, change in enumerate(chosen):
        pairs.context.tell.progress(number, len(chosen), f"once more, with seed {seed}: {change.words}")
        trials.append(attempt(bench, change, seed))
    return [trial for trial in trials if trial is not None]


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
    return min(HELPED, max(LEAST_GAIN, OF_THE_ERROR * (1 - score))) if math.isfinite(score) else HELPED
