"""Reads a learning-rate sweep: smoothing in log lr, signal to noise, usable band, suggestion; pure numbers, no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from cnndoctor.evidence.lr_range import LrRangeEvidence

# Measured over 200-step sweeps of trainable and untrainable nets: every untrainable one stays below 5,
# every trainable one but a single AdamW seed above 15. At 100 steps the two overlap: such sweeps cannot be gated.
LEAST_SIGNAL = 8.0
# Between this and LEAST_SIGNAL lie noise (up to 5) and small noisy batches that do train (5 to 8): short runs must tell.
WEAK_SIGNAL = 4.0
SMOOTHING = 0.03  # width of the Gaussian as a share of the sweep's points
LEAST_WIDTH = 1.5  # points
HEAD = 0.15  # share of the sweep that counts as its start: rates far too small to do anything
CLIMBED_BACK = 0.2  # share of the drop that the loss has climbed back where divergence begins
FIRST_FALL = 0.1  # share of the drop by which the loss has fallen where the usable band begins
QUIET = 3.0  # and at least so many standard errors of the smoothed start

CONSTANT_RULE = (
    "geometric mean of a fifth of the rate at the minimum and a tenth of the rate at the edge of divergence"
)
CONSTANT_RULE_OPEN = "a fifth of the rate at the minimum (no divergence was reached)"
PEAK_RULE = (
    "a quarter of the rate at the edge of divergence, as the peak of a schedule that warms up and decays"
)
PEAK_RULE_OPEN = "a third of the rate at the minimum, as the peak of a schedule (no divergence was reached)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one sweep says.

    Attributes:
        smoothed: Smoothed losses, one for each point; NaN where nothing finite is near.
        signal: Drop of the loss over the noise of its start; above ``LEAST_SIGNAL`` something was learnt.
        low: Rate of the first clear fall; NaN without even a weak signal.
        minimum: Rate of the smoothed minimum; NaN without even a weak signal.
        high: Rate where the loss has climbed back a fifth of its drop; NaN when that was not reached.
    """

    smoothed: tuple[float, ...]
    signal: float
    low: float = math.nan
    minimum: float = math.nan
    high: float = math.nan

    @property
    def clear(self) -> bool:
        """Return whether the sweep shows a fall that is no noise."""
        return self.signal >= LEAST_SIGNAL


def smooth(losses: Sequence[float], width: float | None = None) -> tuple[float, ...]:
    """Return the losses under a centred Gaussian window: a minimum stays where it is, unlike under a running mean.

    Args:
        losses: Losses of a sweep evenly spaced in log lr; points that are not finite are left out.
        width: Standard deviation of the window in points; by default 3 % of the points.
    """
    sigma = width if width is not None else _width(len(losses))
    reach = math.ceil(3 * sigma)
    window = [math.exp(-0.5 * (offset / sigma) ** 2) for offset in range(reach + 1)]
    smoothed = []
    for centre in range(len(losses)):
        weight = total = 0.0
        for index in range(max(0, centre - reach), min(len(losses), centre + reach + 1)):
            if math.isfinite(losses[index]):
                weight += window[abs(index - centre)]
                total += window[abs(index - centre)] * losses[index]
        smoothed.append(total / weight if weight else math.nan)
    return tuple(smoothed)


def read(lrs: Sequence[float], losses: Sequence[float], *, broke: bool = False) -> Reading:
    """Read one sweep.

    Args:
        lrs: Rates, evenly spaced in log.
        losses: Loss of the step made at each rate; same length.
        broke: Whether the sweep ended because its loss was no longer finite: its last rate is then an edge.

    Returns:
        The reading; without even a weak signal its band is NaN.
    """
    smoothed = smooth(losses)
    start = [loss for loss in losses[: _head(len(losses))] if math.isfinite(loss)]
    if len(start) < 3:
        return Reading(smoothed=smoothed, signal=0.0)
    lowest = _argmin(smoothed)
    level, error = median(start), _standard_error(start, _width(len(losses)))
    drop = level - smoothed[lowest]
    signal = drop / error if error > 0 else (math.inf if drop > 0 else 0.0)
    if signal < WEAK_SIGNAL:
        return Reading(smoothed=smoothed, signal=signal)
    edge = _edge(smoothed, lowest, smoothed[lowest] + CLIMBED_BACK * drop)
    if edge is None and broke:
        edge = len(lrs) - 1
    return Reading(
        smoothed=smoothed,
        signal=signal,
        low=lrs[_first_fall(smoothed, lowest, level - max(FIRST_FALL * drop, QUIET * error))],
        minimum=lrs[lowest],
        high=lrs[edge] if edge is not None else math.nan,
    )


def suggest(reading: Reading, *, peak: bool = False, least: float = LEAST_SIGNAL) -> tuple[float, str]:
    """Return the suggested rate and the rule that gave it; (NaN, "") without a signal.

    Args:
        reading: A sweep that was read.
        peak: Suggest the peak of a schedule with warm-up and decay, which bears a larger rate than a constant schedule.
        least: Signal that it takes.
    """
    if not reading.signal >= least or not math.isfinite(reading.minimum):
        return math.nan, ""
    open_ended = not math.isfinite(reading.high)
    if peak:
        return (reading.minimum / 3, PEAK_RULE_OPEN) if open_ended else (reading.high / 4, PEAK_RULE)
    if open_ended:
        return reading.minimum / 5, CONSTANT_RULE_OPEN
    return geometric_mean([reading.minimum / 5, reading.high / 10]), CONSTANT_RULE


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of the finite positive values; NaN when there are none."""
    logs = [math.log(value) for value in values if math.isfinite(value) and value > 0]
    return math.exp(fmean(logs)) if logs else math.nan


def spaced(start: float, end: float, steps: int) -> tuple[float, ...]:
    """Return ``steps`` rates from ``start`` to ``end``, evenly spaced in log."""
    ratio = end / start
    return tuple(start * ratio ** (index / max(1, steps - 1)) for index in range(steps))


def has_diverged(losses: Sequence[float], factor: float = 4.0, times: int = 3) -> bool:
    """Return whether the last ``times`` losses all lie far above the start.

    For a loss that is positive throughout, far is ``factor`` times the first losses. One that can be negative has no such
    scale: there far means that it has climbed three times the range it had fallen through.

    Args:
        losses: Finite losses so far.
        factor: Multiple of the start that counts as diverged.
        times: Consecutive losses that must agree, so that one bad batch does not end a sweep.
    """
    if len(losses) < 2 * times:
        return False
    start, lowest = median(losses[:times]), min(losses)
    limit = factor * start if lowest > 0 else start + 3 * max(start - lowest, 1.0)
    return all(loss > limit for loss in losses[-times:])


def has_collapsed(losses: Sequence[float], fallen: float = 0.1) -> bool:
    """Return whether the loss fell clearly and is back at its start: rectifiers that died give chance, not divergence.

    A fall that the noise of small batches could make is none: it must be as clear as the signal of a whole sweep.

    Args:
        losses: Finite losses so far.
        fallen: Share of the first level that the loss must have fallen by before.
    """
    if len(losses) < 20:
        return False
    width = max(LEAST_WIDTH, 3.0)
    smoothed, start = smooth(losses, width), median(losses[:10])
    lowest = _argmin(smoothed)
    noise = _standard_error(losses[: max(10, _head(len(losses)))], width)
    return (
        smoothed[lowest] < start - max(fallen * abs(start), LEAST_SIGNAL * noise)
        and min(smoothed[-5:]) >= start
        and len(losses) - lowest > 5
    )


def summary(evidence: LrRangeEvidence) -> dict[str, object]:
    """Return what ``lr_range.json`` holds: plain values, None where there is no number.

    Args:
        evidence: A range test.

    Returns:
        ``suggestion``, ``band`` (low, high), ``configured`` (the peak of a schedule), ``rule``, ``refusal``, ``schedule``,
        ``group_ratios``, ``curve`` (for each seed the rates with their raw and smoothed losses), ``rungs`` (the short runs
        around the sweeps' candidate: rate, steps, loss before and at the end) and ``steps`` made in all.
    """
    return {
        "suggestion": _number(evidence.suggestion),
        "suggestion_range": [_number(evidence.suggestion_low), _number(evidence.suggestion_high)],
        "band": [_number(edge) for edge in evidence.band],
        "configured": _number(evidence.configured_peak),
        "schedule": evidence.schedule,
        "rule": evidence.rule,
        "refusal": evidence.refusal,
        "group_ratios": list(evidence.group_ratios),
        "restored": evidence.restored,
        "steps": evidence.steps,
        "rungs": [
            {
                "lr": _number(run.lr),
                "steps": run.steps,
                "loss_start": _number(run.loss_start),
                "loss_end": _number(run.loss_end),
            }
            for run in evidence.rungs
        ],
        "curve": [
            {
                "seed": sweep.seed,
                "lr": [_number(lr) for lr in sweep.lrs],
                "loss": [_number(loss) for loss in sweep.losses],
                "smoothed": [_number(loss) for loss in sweep.smoothed],
                "stopped": sweep.stopped,
                "signal": _number(sweep.signal),
            }
            for sweep in evidence.sweeps
        ],
    }


def _number(value: float) -> float | None:
    """Return a number that JSON can hold, to six digits; None for NaN and infinities."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _width(points: int) -> float:
    return max(LEAST_WIDTH, SMOOTHING * points)


def _head(points: int) -> int:
    return max(5, round(HEAD * points))


def _standard_error(start: Sequence[float], width: float) -> float:
    """Return the error of a smoothed loss: a Gaussian of width s averages over 2·sqrt(pi)·s points."""
    return stdev(start) / math.sqrt(2 * math.sqrt(math.pi) * width)


def _argmin(values: Sequence[float]) -> int:
    finite = [index for index, value in enumerate(values) if math.isfinite(value)]
    return min(finite, key=lambda index: values[index]) if finite else 0


def _edge(smoothed: Sequence[float], lowest: int, limit: float) -> int | None:
    after = range(lowest + 1, len(smoothed))
    return next((i for i in after if not math.isfinite(smoothed[i]) or smoothed[i] > limit), None)


def _first_fall(smoothed: Sequence[float], lowest: int, limit: float) -> int:
    """Return the first index from which the loss stays below ``limit`` until its minimum: an early dip does not count."""
    index = lowest
    while index > 0 and smoothed[index - 1] <= limit:
        index -= 1
    return index
