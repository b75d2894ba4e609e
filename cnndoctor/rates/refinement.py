"""The suggestion worked out by a ladder: short runs around what the sweeps suggest, in the shape of the planned schedule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cnndoctor.context import Context
from cnndoctor.evidence import LrRangeEvidence, SetupEvidence
from cnndoctor.evidence.lr_range import PairedRun, Sweep
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.rates import band
from cnndoctor.rates.budget import PAIRED_STEPS, PATIENT_STEPS, budget_of
from cnndoctor.rates.candidates import (
    FEWEST,
    SPACING,
    centre,
    climb,
    for_the_whole_run,
    level,
    shape_at,
    share_fallen,
)
from cnndoctor.rates.consensus import LEAST_SWEPT, conclude, weak
from cnndoctor.rates.sweep import BROKE, paired_run
from cnndoctor.signs.pairs import moved

MOST_RUNGS = 5
CONFIRMED = 0.1  # share of the first loss that short runs must fall by where sweeps alone are not believed
BELOW_A_BREAK = 10.0  # as in the rule for a constant rate
CLEAR_OF_NOISE = 3.0  # standard errors


def refine(context: Context, evidence: LrRangeEvidence, box: TimeBox) -> LrRangeEvidence:
    """Let short runs around the sweeps' candidate work out the suggestion, while steps and time are left for them.

    Where the sweeps saw too little to be believed, the same runs decide whether anything is suggested at all.

    Args:
        context: The experiment, what setup saw of its schedule, and who is told.
        evidence: What the sweeps came to, and the steps made so far.
        box: Once it is over the runs made so far are kept and nothing is concluded from them.
    """
    sure = math.isfinite(evidence.suggestion)
    asked = evidence if sure else _asked(evidence, guess=context.rate_wanted)
    left = max(budget_of(context) - evidence.steps, 0)
    count = min(max(PAIRED_STEPS, left // MOST_RUNGS), PATIENT_STEPS)
    if not math.isfinite(asked.suggestion) or left < FEWEST * count:
        return evidence
    rungs = _rungs(context, asked.suggestion, count, left // count, box)
    evidence, asked = _with_rungs(evidence, rungs), _with_rungs(asked, rungs)
    if box.over:  # the last run was cut short: it cannot be held against the others
        return evidence
    if not sure and not _shown(rungs, hinted=bool(weak(evidence.sweeps))):
        return _refused(evidence, rungs, count)
    return _moved_to_centre(asked if sure else _with_reason(asked), rungs, count, context.so_far.setup)


def _asked(evidence: LrRangeEvidence, *, guess: bool) -> LrRangeEvidence:
    """Return what weak sweeps would suggest; where they saw nothing at all, somewhere for a ladder to begin.

    In small noisy batches a rate that trains well in sixty steps may show nothing in the few steps that a sweep spends near
    it. Where the sweeps broke they still show which rates are too high; else the configured rate is as good as any.
    """
    empty, hints = replace(evidence, refusal=""), weak(evidence.sweeps)
    if hints or not guess:
        return conclude(empty, hints)
    broke = [one.lrs[-1] for one in evidence.sweeps if one.stopped in BROKE and len(one.lrs) >= LEAST_SWEPT]
    candidate = band.geometric_mean(broke) / BELOW_A_BREAK if broke else evidence.configured_peak
    if not _swept_past(evidence.sweeps, candidate):
        return evidence
    return replace(
        empty,
        suggestion=candidate,
        suggestion_low=candidate,
        suggestion_high=candidate,
        band=(candidate / SPACING, candidate * SPACING),
        rule="a tenth of the rate at which the sweeps broke" if broke else "the configured rate",
    )


def _swept_past(sweeps: Sequence[Sweep], rate: float) -> bool:
    """Return whether a rate lies within a sweep that is long enough and did not begin broken."""
    return any(
        one.lrs[0] < rate <= one.lrs[-1]
        for one in sweeps
        if len(one.losses) >= LEAST_SWEPT and math.isfinite(one.losses[0])
    )


def _rungs(context: Context, candidate: float, count: int, most: int, box: TimeBox) -> dict[int, PairedRun]:
    """Run ``count`` steps at the candidate and around it, in the shape of the planned schedule."""
    planned = context.so_far.setup.planned_lr if context.so_far.setup else ()

    def rung(number: int) -> PairedRun:
        factor = SPACING**number
        context.tell.progress(0, None, f"training {count} steps at {candidate * factor:.2g}")
        return paired_run(
            context.experiment,
            candidate * factor,
            factor=factor,
            seed=context.experiment.seed,
            count=count,
            shape=lambda index: shape_at(planned, index / count),
            box=box,
        )

    return climb(rung, min(most, MOST_RUNGS))


def _with_rungs(evidence: LrRangeEvidence, rungs: Mapping[int, PairedRun]) -> LrRangeEvidence:
    """Return the evidence with the runs in ascending order of their rates, and with their steps."""
    runs = tuple(rungs[number] for number in sorted(rungs))
    return replace(evidence, rungs=runs, steps=evidence.steps + sum(run.steps for run in runs))


def _shown(rungs: Mapping[int, PairedRun], *, hinted: bool) -> bool:
    """Return whether short runs show that something trains where the sweeps alone are not believed.

    Where these saw nothing, the best run must have come down on the batches that it was scored on before, too, and by more
    than the noise of its last steps.
    """
    if share_fallen(rungs) < CONFIRMED:
        return False
    best = min(rungs.values(), key=level)
    clear = best.loss_start - best.loss_end > CLEAR_OF_NOISE * best.loss_std
    return hinted or (clear and moved([best], CONFIRMED))


def _refused(evidence: LrRangeEvidence, rungs: Mapping[int, PairedRun], count: int) -> LrRangeEvidence:
    """Return the evidence with its refusal, to which the short runs have added nothing but their own."""
    fell = f"in {len(rungs)} runs of {count} steps it fell by {max(share_fallen(rungs), 0.0):.0%} at most"
    return replace(evidence, refusal=f"{evidence.refusal}; {fell}")


def _with_reason(asked: LrRangeEvidence) -> LrRangeEvidence:
    """Return what was asked, with the reason why it is believed."""
    strongest = max(0.0, *(one.signal for one in asked.sweeps))
    reason = f"their signal of {strongest:.1f} was weak, the short runs confirm it"
    return replace(asked, rule=f"{asked.rule} ({reason})")


def _moved_to_centre(
    evidence: LrRangeEvidence, rungs: Mapping[int, PairedRun], count: int, setup: SetupEvidence | None
) -> LrRangeEvidence:
    """Move the suggestion to the centre of what did well, and down by what the whole run wants less."""
    middle = centre(rungs)
    if not math.isfinite(middle):
        return evidence
    moved_by = SPACING**middle * for_the_whole_run(count, setup.planned_steps if setup else 0)
    suggestion = evidence.suggestion * moved_by
    tried = ", ".join(f"{run.factor:.2g}" for run in evidence.rungs)
    return replace(
        evidence,
        band=(min(evidence.band[0], suggestion), max(evidence.band[1], suggestion)),
        suggestion=suggestion,
        suggestion_low=evidence.suggestion_low * moved_by,
        suggestion_high=evidence.suggestion_high * moved_by,
        rule=f"{evidence.rule}; then times {moved_by:.2g}: the centre of what did well among runs of {count} steps at {tried} "
        "times that rate, and lower for the length of the whole run",
    )
