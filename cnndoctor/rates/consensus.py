"""What sweeps over several seeds say together: which are believed, band and suggestion, or why there is none; no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from cnndoctor.evidence import LrRangeEvidence
from cnndoctor.evidence.lr_range import Sweep
from cnndoctor.rates import band

SAME = 1.0  # decades: sweeps without any signal have their minima and edges further apart than this
LEAST_SWEPT = 20  # steps; a sweep that ended before tells nothing


def believed(sweeps: Sequence[Sweep]) -> list[Sweep]:
    """Return the sweeps that saw a signal: each for itself, or else weak ones together where they saw it at the same rates.

    The signals of independent sweeps add up in squares. Two sweeps in which nothing was learnt came to 5.5 at most.
    """
    clear = [one for one in sweeps if one.signal >= band.LEAST_SIGNAL]
    if clear:
        return clear
    hints = weak(sweeps)
    together = math.hypot(*(one.signal for one in hints))
    return hints if len(hints) > 1 and together >= band.LEAST_SIGNAL and agree(hints, SAME) else []


def weak(sweeps: Sequence[Sweep]) -> list[Sweep]:
    """Return the sweeps with at least a weak signal."""
    return [one for one in sweeps if one.signal >= band.WEAK_SIGNAL]


def agree(sweeps: Sequence[Sweep], within: float) -> bool:
    """Return whether the minima of the sweeps, and their edges of divergence, lie within so many decades of each other.

    Args:
        sweeps: Sweeps with at least a weak signal, one or more.
        within: Decades.
    """
    minima = [math.log10(one.minimum) for one in sweeps]
    edges = [math.log10(one.high) for one in sweeps if math.isfinite(one.high)]
    return max(minima) - min(minima) < within and (not edges or max(edges) - min(edges) < within)


def conclude(evidence: LrRangeEvidence, clear: Sequence[Sweep]) -> LrRangeEvidence:
    """Return the evidence with band and suggestion, geometric means over some sweeps; without any, with a refusal.

    Args:
        evidence: Holds every sweep that was made.
        clear: Those that are believed.
    """
    if not clear:
        return replace(evidence, refusal=_refusal(evidence.sweeps))
    readings = [_reading(one) for one in clear]
    suggested = [
        band.suggest(reading, peak=evidence.schedule == "warmup", least=band.WEAK_SIGNAL)
        for reading in readings
    ]
    values = [value for value, _ in suggested]
    low = band.geometric_mean([reading.low for reading in readings])
    edges = [
        reading.high if math.isfinite(reading.high) else evidence.sweeps[0].lrs[-1] for reading in readings
    ]
    return replace(
        evidence,
        band=(low, band.geometric_mean(edges)),
        suggestion=band.geometric_mean(values),
        suggestion_low=min(values),
        suggestion_high=max(values),
        rule=_in_words(suggested[0][1], believed_in=len(clear), made=len(evidence.sweeps)),
    )


def _reading(one: Sweep) -> band.Reading:
    return band.Reading(
        smoothed=one.smoothed, signal=one.signal, low=one.low, minimum=one.minimum, high=one.high
    )


def _in_words(rule: str, *, believed_in: int, made: int) -> str:
    """Return the rule with which sweeps it was applied to."""
    silent = made - believed_in
    if silent:
        rule = f"{rule}; {silent} of {made} sweeps showed no signal and were left out"
    return f"{rule}; geometric mean over {believed_in} seeds" if believed_in > 1 else rule


def _refusal(sweeps: Sequence[Sweep]) -> str:
    """Return why there is no suggestion."""
    if not sweeps or not any(sweep.losses for sweep in sweeps):
        return "the training loader gave no batch"
    if all(not math.isfinite(one.losses[0]) for one in sweeps):
        return "the loss is not finite from the first step on, at any learning rate"
    first = sweeps[0]
    if all(len(one.losses) < LEAST_SWEPT for one in sweeps):
        return f"the training loader ended after {len(first.losses)} steps; a sweep needs more"
    best = max(one.signal for one in sweeps)
    return (
        f"the loss did not fall clearly at any rate from {first.lrs[0]:.1e} to {first.lrs[-1]:.1e} in {len(sweeps)} sweeps: "
        f"its largest fall is {max(best, 0.0):.1f} times its noise, and {band.LEAST_SIGNAL:.0f} times is needed"
    )
