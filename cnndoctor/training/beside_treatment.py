"""The same round once more with a treatment in every run: what a second, independent fault is found by."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.patient.changes import AS_CONFIGURED, Change, together
from cnndoctor.signs.trial_gains import ASKED, DECISIVE, best_rescue, rescue, worst_gain
from cnndoctor.training.bench import beside_a_treatment
from cnndoctor.training.comparison import scored
from cnndoctor.training.paired_round import Round, run_round
from cnndoctor.training.reasons import MEMORISED, baseline_gain
from cnndoctor.training.rivals import LONGER
from cnndoctor.training.treatments import treatment_of


def beside_best_cure(first: Round, found: TrialsEvidence) -> TrialsEvidence | None:
    """Try every other change beside the one that cured best, where the cured run is still sick; None where it is not.

    Args:
        first: The round without a treatment.
        found: What it gave.
    """
    best = best_rescue(found)
    if best is None or rescue(found, best.name, clearly=DECISIVE) <= 0:
        return None
    cured, baseline = worst_gain(found, best.name), baseline_gain(first.context)
    if cured >= MEMORISED or cured >= baseline:
        return None
    treatment = next(change for change in first.changes if change.name == best.name)
    return _once_more(first, treatment, found)


def beside_suspects(first: Round, found: TrialsEvidence) -> TrialsEvidence | None:
    """Try every change beside the treatment of what is suspected, where none helped by itself; None where one did.

    Of two faults that each keep the run from training, treating one alone shows nothing.

    Args:
        first: The round without a treatment.
        found: What it gave.
    """
    suspects = first.context.suspects
    treatment = treatment_of(suspects, first.context.so_far)
    if treatment is None or best_rescue(found) is not None or found.reason == ASKED:
        return None
    treated = _once_more(first, treatment, found)
    return replace(treated, treats=suspects) if treated is not None else None


def run_beside(first: Round, treatment: Change) -> list[Trial]:
    """Pair a treatment alone with the treatment and each other change; empty where nothing fits beside it.

    Args:
        first: The round without a treatment.
        treatment: The change that every run has.
    """
    besides = [
        both for change in first.changes[1:] if change is not LONGER and (both := together(treatment, change))
    ]
    if not besides:
        return []
    alone = replace(treatment, name=AS_CONFIGURED.name)
    bench = beside_a_treatment(first.bench, first.train)
    return run_round(replace(first, bench=bench, changes=[alone, *besides]))


def _once_more(first: Round, treatment: Change, found: TrialsEvidence) -> TrialsEvidence | None:
    trials = run_beside(first, treatment)
    treated = TrialsEvidence(
        reason=found.reason,
        chance=found.chance,
        trials=tuple(trials),
        treatment=treatment.words,
        on_training=found.on_training,
    )
    return replace(scored(treated, first.train), whole_score=math.nan) if trials else None
