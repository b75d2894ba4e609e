"""Sweeps over seeds: as many as it takes until they show a signal and agree, or plainly show none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cnndoctor.config.model import LrRangeStage
from cnndoctor.context import Context
from cnndoctor.evidence.lr_range import Sweep
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.rates import band
from cnndoctor.rates.budget import PAIRED_STEPS, budget_of
from cnndoctor.rates.candidates import FEWEST
from cnndoctor.rates.consensus import agree, believed, weak
from cnndoctor.rates.plan import Plan
from cnndoctor.rates.sweep import BROKE, sweep

# First groups swept by default: from where nothing moves to where everything breaks.
PLAIN_RANGE = (1e-6, 30.0)
ADAPTIVE_RANGE = (1e-7, 3.0)
AGREE = 0.15  # decades; two seeds that agree so well make a third superfluous
# Decades; a sharper suggestion would not change what is said of the configured rate.
AGREE_FOR_A_VERDICT = 0.4
MOST_SWEEPS = 6  # on the way down to where a loss of huge numbers does not break at once
FIRST_LOOK = 2  # sweeps; a third only where these two disagree
LOWER = 1e4  # how far below a second range begins where the first breaks at once
EARLY = 0.4  # share of its steps before which a sweep that broke showed nothing


def sweeps_over_seeds(context: Context, plan: Plan, box: TimeBox, *, ladder: bool) -> list[Sweep]:
    """Sweep until enough seeds show a signal and agree; two sweeps without any signal are not repeated.

    Args:
        context: The experiment, its knobs, how much effort, and who is told.
        plan: The rates as configured: they say which range is swept by default.
        box: After it is over no sweep is begun; the first is made in any case.
        ladder: Whether short runs follow, which take their share of the steps and decide where the sweeps saw too little.
    """
    experiment, knobs = context.experiment, context.experiment.config.stages.lr_range
    lrs = _first_range(knobs, plan)
    left = budget_of(context) - (FEWEST * PAIRED_STEPS if ladder else 0)
    sweeps: list[Sweep] = []
    while not sweeps or (not box.over and _may_go_on(len(sweeps), len(lrs), left)):
        number = len(sweeps)
        tell = _telling(context, number, len(lrs))
        sweeps.append(sweep(experiment, lrs, seed=experiment.seed + number, box=box, tell=tell))
        left -= len(sweeps[-1].losses)
        if _settled(context, sweeps):
            break
        if believed(sweeps):
            continue
        if knobs.start is None and _broke_early(sweeps[-1], len(lrs)):
            lrs = band.spaced(lrs[0] / LOWER, lrs[0] * LOWER, knobs.steps)
            left += len(sweeps[-1].losses)  # it was short, and in the wrong place
        elif _given_up(sweeps, ladder=ladder):
            break
    return sweeps


def _first_range(knobs: LrRangeStage, plan: Plan) -> tuple[float, ...]:
    lowest, highest = ADAPTIVE_RANGE if plan.adaptive else PLAIN_RANGE
    return band.spaced(knobs.start or lowest, knobs.end or highest, knobs.steps)


def _may_go_on(made: int, count: int, left: int) -> bool:
    """Return whether steps are left for another sweep of ``count`` steps; two are always made."""
    return made < MOST_SWEEPS and (made < FIRST_LOOK or count <= left)


def _seeds(context: Context) -> int:
    return 1 if context.effort == "smoke" else context.experiment.config.stages.lr_range.seeds


def _settled(context: Context, sweeps: Sequence[Sweep]) -> bool:
    """Return whether enough seeds show a signal, or fewer of them agree."""
    clear = believed(sweeps)
    if context.effort == "smoke" or (clear and len(sweeps) >= _seeds(context)):
        return True
    return len(clear) > 1 and agree(clear, AGREE if context.effort == "thorough" else AGREE_FOR_A_VERDICT)


def _broke_early(one: Sweep, steps: int) -> bool:
    """Return whether a sweep broke before it could show anything: large targets or inputs want tiny rates."""
    return one.stopped in BROKE and len(one.losses) < EARLY * steps


def _given_up(sweeps: Sequence[Sweep], *, ladder: bool) -> bool:
    """Return whether sweeps without a clear signal are left at that.

    Where two saw a little, a ladder decides; without one, a third sweep.
    """
    return len(sweeps) >= FIRST_LOOK and (ladder or len(sweeps) > FIRST_LOOK or not weak(sweeps))


def _telling(context: Context, number: int, count: int) -> Callable[[int, float, float], None]:
    """Return what one sweep of ``count`` steps is told to when losses are fetched: progress, and points of its curves."""
    seeds, observers = _seeds(context), context.tell

    def at_fetch(step: int, lr: float, loss: float) -> None:
        doing = f"sweeping the learning rate, seed {number + 1}"
        observers.progress(number * count + step, seeds * count, doing)
        observers.scalar(f"lr-range/loss-seed-{number}", loss, step)
        observers.scalar("lr-range/lr", lr, step)

    return at_fetch
