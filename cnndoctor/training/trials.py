"""Paired runs after a training that went badly, or that something asks for: each differs from it in a single thing.

Rivals are all run, from the same seed and as long as each other, also after one rescued the training: what tells a cause from a
crutch is which change ends better. What helped is run with two seeds, as long as the configured run where time allows: a change
that is merely quicker would be caught up with.
"""

from __future__ import annotations

import math
from dataclasses import replace
from time import perf_counter

from cnndoctor.context import Context
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.evidence.trials import TrialsEvidence
from cnndoctor.signs.renumbering import is_renumbered
from cnndoctor.signs.trial_gains import ASKED
from cnndoctor.training.bench import bench_for
from cnndoctor.training.beside_treatment import beside_best_cure, beside_suspects
from cnndoctor.training.comparison import compared
from cnndoctor.training.known_treated import with_known_treated
from cnndoctor.training.paired_round import Round, run_round
from cnndoctor.training.reasons import loses_on_validation, whole_score_of
from cnndoctor.training.what_to_try import why_and_what

# Of the configured run's steps; chosen: shorter pairs cannot outdo a run that went fairly well.
LEAST_OF_WHOLE = 0.25


def run_trials(context: Context, train: TrainEvidence) -> TrialsEvidence | None:
    """Run the paired experiments when training went badly; None when it did not, and nothing asks for one.

    Where the cause is known beforehand, they are run beside its treatment, and only when that was not enough.

    Args:
        context: The experiment and what the stages before saw.
        train: The watched run.
    """
    if train.is_stub or (context.effort == "smoke" and train.ended == "budget"):
        return None
    if is_renumbered(context.so_far.data, train):
        context = replace(context, validation_apart=True)
    if context.validation_apart and loses_on_validation(train):  # its scores say nothing of the training then
        train = replace(train, validation=None)
    if context.known_causes:
        return with_known_treated(context, train)
    started = perf_counter()
    reason, changes = why_and_what(context, train)
    if len(changes) < 2:
        return None
    bench = bench_for(context, train, changes, reason)
    if reason == ASKED and bench.steps < LEAST_OF_WHOLE * train.planned_steps:
        return None
    first = Round(context=context, train=train, bench=bench, changes=changes)
    trials = run_round(first)
    evidence = TrialsEvidence(
        reason=reason,
        chance=train.train.chance if train.train else math.nan,
        trials=tuple(trials),
        seconds=perf_counter() - started,
        whole_score=whole_score_of(train),
    )
    found = compared(evidence, train)
    return replace(found, treated=beside_best_cure(first, found) or beside_suspects(first, found))
