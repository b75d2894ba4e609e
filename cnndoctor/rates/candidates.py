"""A ladder of candidate rates: short runs around what the sweeps suggest, and the rate that they agree on; no torch.

A sweep spends one step at each rate and cannot know what a rate does when it is kept. Short runs can: they share weights and
batches, so little noise is left between them. The answer is no single winner but the centre of the rates that did well,
because a short run cannot see how near the cliff its winner stands.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from cnndoctor.evidence.lr_range import PairedRun

# Chosen on the tuning half of scripts/bench_lr.py, where regret hardly changes between half and twice these numbers.
SPACING = 3.0  # times between two rungs
DOING_WELL = 0.2  # share of what the best rung learnt: one that lost so much weighs a third of the best
HORIZON = 0.2  # the best rate of a run n times as long lies lower by about n to this power
# Times as long; beyond that the band of good rates widens and nothing is gained by going lower.
FARTHEST = 10.0
FEWEST = 3  # rungs: the candidate and its two neighbours
LEAST_LEARNT = 0.05  # share of the first loss: runs that fell by less are told apart by noise


def climb(run: Callable[[int], PairedRun], most: int) -> dict[int, PairedRun]:
    """Run the candidate and its two neighbours, then walk on as long as the best rung is an outermost one.

    Args:
        run: Makes the run so many rungs above the candidate.
        most: Rungs that may be made in all; below three nothing is run.

    Returns:
        The runs by rung; 0 is the candidate.
    """
    if most < FEWEST:
        return {}
    rungs = {number: run(number) for number in (0, 1, -1)}
    while len(rungs) < most:
        best = min(rungs, key=lambda number: level(rungs[number]))
        if not math.isfinite(level(rungs[best])) or best not in (min(rungs), max(rungs)):
            break
        following = best + 1 if best > 0 else best - 1
        rungs[following] = run(following)
    return rungs


def centre(rungs: Mapping[int, PairedRun]) -> float:
    """Return how many rungs above the candidate the answer lies: the mean of the rungs, weighed by how well they did.

    Args:
        rungs: Runs by rung, as ``climb`` made them.

    Returns:
        A number between the outermost rungs; NaN when no run learnt enough to say anything.
    """
    if share_fallen(rungs) <= LEAST_LEARNT:
        return math.nan
    levels = {number: level(run) for number, run in rungs.items()}
    best, first = min(levels.values()), _first(rungs)
    weights = {
        number: math.exp(-(value - best) / (first - best) / DOING_WELL) for number, value in levels.items()
    }
    return sum(number * weight for number, weight in weights.items()) / sum(weights.values())


def share_fallen(rungs: Mapping[int, PairedRun]) -> float:
    """Return the share of the first loss by which the best run came down; 0 without a run that stayed whole."""
    best = min((level(run) for run in rungs.values()), default=math.inf)
    first = _first(rungs)
    return (first - best) / abs(first) if math.isfinite(best) and math.isfinite(first) and first else 0.0


def for_the_whole_run(steps: int, planned: int) -> float:
    """Return what a rate that is best for short runs is multiplied by for the planned run: noise and cliffs add up.

    Args:
        steps: Steps of the short runs.
        planned: Steps of the planned run; 0 when unknown, which counts as long.
    """
    times = planned / steps if planned else FARTHEST
    return float(min(max(times, 1.0), FARTHEST) ** -HORIZON)


def level(run: PairedRun) -> float:
    """Return where a run ended: the mean loss of its last steps; infinite where it broke."""
    return run.loss_end if math.isfinite(run.loss_end) else math.inf


def shape_at(planned: Sequence[tuple[float, float]], progress: float) -> float:
    """Return the share of its peak that a planned schedule has at some progress, interpolated.

    Args:
        planned: (progress, rate) points of the schedule, ascending; empty for a constant one.
        progress: 0 at the first step, 1 at the end.
    """
    peak = max((lr for _, lr in planned), default=0.0)
    if peak <= 0:
        return 1.0
    after = next((i for i, (at, _) in enumerate(planned) if at >= progress), len(planned))
    if after in (0, len(planned)):
        return planned[min(after, len(planned) - 1)][1] / peak
    (left, low), (right, high) = planned[after - 1], planned[after]
    return (low + (high - low) * (progress - left) / (right - left)) / peak


def _first(rungs: Mapping[int, PairedRun]) -> float:
    return fmean([run.loss_start for run in rungs.values()]) if rungs else math.nan
