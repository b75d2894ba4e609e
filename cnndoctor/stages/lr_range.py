"""Learning-rate range: which rates this experiment can use, and whether the configured one is among them.

Sweeps over two seeds give a band and a candidate. For a verdict on the configured rate, short runs at it, at a tenth and at
ten times it, from equal weights over equal batches, show what the rate itself does; no more is run than the verdict needs:
a rate that lies well inside the band and clearly trains is left at that. Where the rate itself is asked for, or the verdict
may be bad, a ladder of short runs around the candidate, in the shape of the planned schedule, gives the suggestion. All of it
keeps within a number of steps: 600, or a tenth of the planned run where that is more.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch.nn.parameter import is_lazy

from cnndoctor.context import Context, Seen
from cnndoctor.evidence import LrRangeEvidence, SetupEvidence
from cnndoctor.evidence.lr_range import PairedRun, Sweep
from cnndoctor.experiment import Experiment
from cnndoctor.patient.batches import as_bytes
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.rates import band
from cnndoctor.rates.candidates import (
    FEWEST,
    SPACING,
    centre,
    climb,
    for_the_whole_run,
    shape_at,
    share_fallen,
)
from cnndoctor.rates.sweep import CONSTANT_RATE, paired_run, rates_of, sweep
from cnndoctor.signs.pairs import clearly_better, moved

# First groups swept by default: from where nothing moves to where everything breaks.
PLAIN_RANGE = (1e-6, 30.0)
ADAPTIVE_RANGE = (1e-7, 3.0)
ADAPTIVE = {"Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "SparseAdam", "Rprop"}
LEAST_BUDGET = 600  # optimizer steps of the whole stage
BUDGET_SHARE = 0.1  # of the planned run, where that is more
AGREE = 0.15  # decades; two seeds that agree so well make a third superfluous
PAIRED_STEPS = 60  # 20 and 40 steps picked a wrong rate on plateau-prone nets, 60 did not (measured)
PATIENT_STEPS = 150
MOST_RUNGS = 5
CONFIRMED = (
    0.1  # share of the first loss that short runs must fall by where the sweeps alone are not believed
)
BROKE = {"diverged", "not-finite"}
BELOW_A_BREAK = 10.0  # as in the rule for a constant rate
LEAST_SWEPT = 20  # steps; a sweep that ended before tells nothing
CLEAR_OF_NOISE = 3.0  # standard errors
SECONDS = 120.0  # for all sweeps; a slow model gets fewer seeds and shorter pairs
LEARNT_MOST = 0.5  # share of the first loss: a rate that is called too high or too low has learnt at most half of the best
AGREE_FOR_A_VERDICT = (
    0.4  # decades; a sharper suggestion would not change what is said of the configured rate
)
SAME = 1.0  # decades: sweeps without any signal have their minima and edges further apart than this
MOST_SWEEPS = 6  # on the way down to where a loss of huge numbers does not break at once
FIRST_LOOK = 2  # sweeps; a third only where these two disagree
FAR_INSIDE = 3.0  # times from either edge of the band: there a rate ten times off needs no run of its own
STILL_FALLING = 0.2  # share of the first loss by which the configured rate must have come down for that
WARMUP_STEPS = 20
LOWER = 1e4  # how far below a second range begins where the first breaks at once
OUTSIDE = 3.0  # times beyond an edge of the band from where a run at the suggestion shows what the rate costs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The rates as configured.

    Attributes:
        configured: Initial rate of the first group.
        peak: Highest planned rate.
        schedule: constant, decaying, warmup or plateau.
        ratios: Rates of the groups relative to the first.
        adaptive: Whether the optimizer normalises by gradient size.
    """

    configured: float
    peak: float
    schedule: str
    ratios: tuple[float, ...]
    adaptive: bool


def run(context: Context) -> Seen[LrRangeEvidence]:
    """Sweep, then confirm by paired runs around the configured rate; where the rate is asked for, climb the ladder instead.

    Args:
        context: The experiment, what setup saw of its schedule, and who is told.
    """
    started = time.perf_counter()
    box = TimeBox(2 * SECONDS)
    evidence = find_lr(context, refined=context.rate_wanted)
    if not context.rate_wanted and context.effort != "smoke" and evidence.configured_peak > 0:
        paired, made = _pairs(context, evidence, box)
        evidence = replace(evidence, paired=paired, steps=evidence.steps + made)
        if len(paired) > 1 and not box.over:
            evidence = _refined(context, evidence, box)
    evidence = replace(evidence, seconds=time.perf_counter() - started)
    return Seen(evidence=evidence, note=_note(evidence))


def find_lr(context: Context, *, refined: bool = True) -> LrRangeEvidence:
    """Find the band of usable rates and a suggestion; what ``lr-find`` does.

    Args:
        context: The experiment and who is told.
        refined: Let a ladder of short runs work out the suggestion; otherwise it is the sweeps' own.

    Returns:
        Band and suggestion, or a refusal with its reason; no paired runs.
    """
    started = time.perf_counter()
    experiment, box = context.experiment, TimeBox(SECONDS)
    before = _fingerprint(experiment)
    with preserved_randomness():
        plan = _plan(experiment, context.so_far.setup)
        sweeps = _sweeps(context, plan, box, ladder=refined)
        evidence = LrRangeEvidence(
            configured=plan.configured,
            configured_peak=plan.peak,
            schedule=plan.schedule,
            sweeps=tuple(sweeps),
            steps=sum(len(one.losses) for one in sweeps),
            group_ratios=plan.ratios,
        )
        evidence = _concluded(evidence, believed(sweeps))
        if refined and context.effort != "smoke" and not box.over:
            evidence = _refined(context, evidence, box)
    restored = before == _fingerprint(experiment)
    return replace(evidence, restored=restored, seconds=time.perf_counter() - started)


def budget_of(context: Context) -> int:
    """Return the optimizer steps that the range test may take: 600, or a tenth of the planned run where that is more."""
    setup = context.so_far.setup
    planned = setup.planned_steps if setup else 0
    return max(LEAST_BUDGET * (2 if context.effort == "thorough" else 1), round(BUDGET_SHARE * planned))


def _plan(experiment: Experiment, setup: SetupEvidence | None) -> _Plan:
    """Find out which rates are configured: from the planned schedule where setup saw it, else from the optimizer."""
    session = experiment.fresh()
    rates = rates_of(session)
    initial = rates.first if any(rates.bases) else 0.0
    constant = rates_of(experiment.fresh(change=CONSTANT_RATE))
    peak = max(initial, constant.first if any(constant.bases) else 0.0)
    planned = [lr for _, lr in setup.planned_lr] if setup else []
    if planned and max(planned) > 0:  # a first group at rate 0 is frozen; the others tell
        peak = max(planned)
    if isinstance(session.scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
        schedule = "plateau"
    else:
        schedule = shape_of(planned)
    return _Plan(
        configured=planned[0] if planned and max(planned) > 0 else initial,
        peak=peak,
        schedule=schedule,
        ratios=constant.ratios,
        adaptive=type(session.optimizer).__name__ in ADAPTIVE,
    )


def shape_of(planned: Sequence[float]) -> str:
    """Return constant, decaying or warmup for the planned rates of a run, evenly sampled; constant when unknown."""
    if not planned or max(planned) <= 0:
        return "constant"
    peak = max(planned)
    if planned[0] < 0.5 * peak and planned.index(peak) < 0.6 * len(planned):
        return "warmup"
    return "decaying" if planned[-1] < 0.5 * peak else "constant"


def _sweeps(context: Context, plan: _Plan, box: TimeBox, *, ladder: bool) -> list[Sweep]:
    """Sweep until enough seeds show a signal and agree; two sweeps without any signal are not repeated."""
    experiment, tell = context.experiment, context.tell
    knobs = experiment.config.stages.lr_range
    seeds = 1 if context.effort == "smoke" else knobs.seeds
    agreement = AGREE if context.effort == "thorough" else AGREE_FOR_A_VERDICT
    lowest, highest = ADAPTIVE_RANGE if plan.adaptive else PLAIN_RANGE
    lrs = band.spaced(knobs.start or lowest, knobs.end or highest, knobs.steps)
    left = budget_of(context) - (FEWEST * PAIRED_STEPS if ladder else 0)
    sweeps: list[Sweep] = []
    while not sweeps or (
        not box.over and len(sweeps) < MOST_SWEEPS and (len(sweeps) < FIRST_LOOK or len(lrs) <= left)
    ):
        number = len(sweeps)

        def at_fetch(step: int, lr: float, loss: float, number: int = number, count: int = len(lrs)) -> None:
            tell.progress(
                number * count + step, seeds * count, f"sweeping the learning rate, seed {number + 1}"
            )
            tell.scalar(f"lr-range/loss-seed-{number}", loss, step)
            tell.scalar("lr-range/lr", lr, step)

        sweeps.append(sweep(experiment, lrs, seed=experiment.seed + number, box=box, tell=at_fetch))
        left -= len(sweeps[-1].losses)
        clear = believed(sweeps)
        if context.effort == "smoke" or (clear and len(sweeps) >= seeds):
            break
        if len(clear) > 1 and _agree(clear, agreement):
            break
        if not clear and knobs.start is None and _broke_early(sweeps[-1], len(lrs)):
            lrs = band.spaced(lrs[0] / LOWER, lrs[0] * LOWER, knobs.steps)
            left += len(sweeps[-1].losses)  # it was short, and in the wrong place
        elif (
            not clear
            and len(sweeps) >= FIRST_LOOK
            and (ladder or len(sweeps) > FIRST_LOOK or not _weak(sweeps))
        ):
            # Where two saw a little, a ladder decides; without one, a third sweep.
            break
    return sweeps


def believed(sweeps: Sequence[Sweep]) -> list[Sweep]:
    """Return the sweeps that saw a signal: each for itself, or else weak ones together where they saw it at the same rates.

    The signals of independent sweeps add up in squares. Two sweeps in which nothing was learnt came to 5.5 at most.
    """
    clear = [one for one in sweeps if one.signal >= band.LEAST_SIGNAL]
    weak = _weak(sweeps)
    together = math.hypot(*(one.signal for one in weak))
    return clear or (weak if len(weak) > 1 and together >= band.LEAST_SIGNAL and _agree(weak, SAME) else [])


def _weak(sweeps: Sequence[Sweep]) -> list[Sweep]:
    return [one for one in sweeps if one.signal >= band.WEAK_SIGNAL]


def _broke_early(one: Sweep, steps: int) -> bool:
    """Return whether a sweep broke before it could show anything: large targets or inputs want tiny rates."""
    return one.stopped in {"diverged", "not-finite"} and len(one.losses) < 0.4 * steps


def _agree(sweeps: Sequence[Sweep], within: float) -> bool:
    minima = [math.log10(one.minimum) for one in sweeps]
    edges = [math.log10(one.high) for one in sweeps if math.isfinite(one.high)]
    return max(minima) - min(minima) < within and (not edges or max(edges) - min(edges) < within)


def _concluded(evidence: LrRangeEvidence, clear: Sequence[Sweep]) -> LrRangeEvidence:
    """Read the sweeps that are believed together: geometric means over them."""
    if not clear:
        return replace(evidence, refusal=_refusal(evidence.sweeps))
    readings = [
        band.Reading(smoothed=s.smoothed, signal=s.signal, low=s.low, minimum=s.minimum, high=s.high)
        for s in clear
    ]
    pairs = [
        band.suggest(reading, peak=evidence.schedule == "warmup", least=band.WEAK_SIGNAL)
        for reading in readings
    ]
    values = [value for value, _ in pairs]
    low = band.geometric_mean([reading.low for reading in readings])
    edges = [
        reading.high if math.isfinite(reading.high) else evidence.sweeps[0].lrs[-1] for reading in readings
    ]
    silent = len(evidence.sweeps) - len(clear)
    rule = pairs[0][1] + (
        f"; {silent} of {len(evidence.sweeps)} sweeps showed no signal and were left out" if silent else ""
    )
    return replace(
        evidence,
        band=(low, band.geometric_mean(edges)),
        suggestion=band.geometric_mean(values),
        suggestion_low=min(values),
        suggestion_high=max(values),
        rule=f"{rule}; geometric mean over {len(clear)} seeds" if len(clear) > 1 else rule,
    )


def _refusal(sweeps: Sequence[Sweep]) -> str:
    """Return why there is no suggestion."""
    if not sweeps or not any(sweep.losses for sweep in sweeps):
        return "the training loader gave no batch"
    if all(not math.isfinite(one.losses[0]) for one in sweeps):
        return "the loss is not finite from the first step on, at any learning rate"
    first = sweeps[0]
    if all(len(one.losses) < 20 for one in sweeps):
        return f"the training loader ended after {len(first.losses)} steps; a sweep needs more"
    best = max(one.signal for one in sweeps)
    return (
        f"the loss did not fall clearly at any rate from {first.lrs[0]:.1e} to {first.lrs[-1]:.1e} in {len(sweeps)} sweeps: "
        f"its largest fall is {max(best, 0.0):.1f} times its noise, and {band.LEAST_SIGNAL:.0f} times is needed"
    )


def _pairs(context: Context, evidence: LrRangeEvidence, box: TimeBox) -> tuple[tuple[PairedRun, ...], int]:
    """Run at the configured rate, a tenth and ten times it; further out, and with a second seed, where that wins.

    Returns:
        The runs that count, and the steps of all that were made: those of runs that were too short, too.
    """
    experiment, peak = context.experiment, evidence.configured_peak
    warmup = WARMUP_STEPS if evidence.schedule == "warmup" else 0

    def warmed(index: int) -> float:
        return min(1.0, (index + 1) / (warmup + 1))

    count = PAIRED_STEPS
    made = steps = 0

    def pair(factor: float, seed: int) -> PairedRun:
        nonlocal made, steps
        made += 1
        context.tell.progress(made, None, f"training {count} steps at {factor:g} times the configured rate")
        run = paired_run(
            experiment, peak * factor, factor=factor, seed=seed, count=count, shape=warmed, box=box
        )
        steps += run.steps
        return run

    def late() -> bool:
        return box.over

    def outside() -> tuple[float, ...]:
        """Return the factor of the suggestion where the configured rate lies outside the band."""
        if not evidence.band or evidence.band[0] / OUTSIDE < peak < evidence.band[1] * OUTSIDE:
            return ()
        factor = float(f"{evidence.suggestion / peak:.3g}")
        return () if any(factor / 2 < made < factor * 2 for made in runs) else (factor,)

    runs = {1.0: pair(1.0, experiment.seed)}
    if _plainly_well(evidence, runs[1.0]):
        return (runs[1.0],), steps
    runs |= {factor: pair(factor, experiment.seed) for factor in (0.1, 10.0)}
    if not moved(list(runs.values())) and not late():
        count = PATIENT_STEPS
        runs = {factor: pair(factor, experiment.seed) for factor in (1.0, 0.1, 10.0)}
    stuck = not moved(
        list(runs.values())
    )  # a rate that is off by a factor of a thousand shows nothing at a factor of ten
    for near, far in ((0.1, 0.01), (10.0, 100.0)):
        if not late() and (stuck or clearly_better(runs[near], runs[1.0])):
            runs[far] = pair(far, experiment.seed)
    if stuck and not late() and not moved([runs[far] for far in (0.01, 100.0) if far in runs], least=0.3):
        runs[1000.0] = pair(1000.0, experiment.seed)
    for factor in outside():
        if not late():
            runs[factor] = pair(factor, experiment.seed)
    best = min(runs, key=lambda factor: _worth(runs[factor]))
    again: list[PairedRun] = []
    if best != 1.0 and clearly_better(runs[best], runs[1.0]) and not late():
        count = PATIENT_STEPS  # an unlucky start may need longer than sixty steps to recover
        side = [factor for factor in runs if factor == 1.0 or (factor < 1.0) == (best < 1.0)]
        again = [pair(factor, experiment.seed + 1) for factor in sorted(side)]
    everything = (*(runs[factor] for factor in sorted(runs)), *again)
    return tuple(run for run in everything if not _cut_short(run)), steps


def _refined(context: Context, evidence: LrRangeEvidence, box: TimeBox) -> LrRangeEvidence:
    """Let short runs around the sweeps' candidate work out the suggestion, while steps and time are left for them.

    Where the sweeps saw too little to be believed, the same runs decide whether anything is suggested at all.
    """
    sure = math.isfinite(evidence.suggestion)
    asked = evidence if sure else _asked(evidence, guess=context.rate_wanted)
    left = max(budget_of(context) - evidence.steps, 0)
    count = min(max(PAIRED_STEPS, left // MOST_RUNGS), PATIENT_STEPS)
    if not math.isfinite(asked.suggestion) or left < FEWEST * count:
        return evidence
    rungs = _rungs(context, asked.suggestion, count, left // count, box)
    runs = tuple(rungs[number] for number in sorted(rungs))
    evidence, asked = (
        replace(one, rungs=runs, steps=one.steps + sum(run.steps for run in runs))
        for one in (evidence, asked)
    )
    if box.over:  # the last run was cut short: it cannot be held against the others
        return evidence
    if not sure and not _shown(rungs, weak=bool(_weak(evidence.sweeps))):
        fell = (
            f"; in {len(runs)} runs of {count} steps it fell by {max(share_fallen(rungs), 0.0):.0%} at most"
        )
        return replace(evidence, refusal=evidence.refusal + fell)
    if not sure:
        strongest = max(0.0, *(one.signal for one in asked.sweeps))
        asked = replace(
            asked, rule=f"{asked.rule} (their signal of {strongest:.1f} was weak, the short runs confirm it)"
        )
    return _moved_to_centre(asked, rungs, count, context.so_far.setup)


def _asked(evidence: LrRangeEvidence, *, guess: bool) -> LrRangeEvidence:
    """Return what weak sweeps would suggest; where they saw nothing at all, somewhere for a ladder to begin.

    In small noisy batches a rate that trains well in sixty steps may show nothing in the few steps that a sweep spends near
    it. Where the sweeps broke they still show which rates are too high; else the configured rate is as good as any.
    """
    empty = replace(evidence, refusal="")
    weak = _weak(evidence.sweeps)
    if weak or not guess:
        return _concluded(empty, weak)
    broke = [one.lrs[-1] for one in evidence.sweeps if one.stopped in BROKE and len(one.lrs) >= LEAST_SWEPT]
    candidate = band.geometric_mean(broke) / BELOW_A_BREAK if broke else evidence.configured_peak
    swept = [
        one for one in evidence.sweeps if len(one.losses) >= LEAST_SWEPT and math.isfinite(one.losses[0])
    ]
    if not any(one.lrs[0] < candidate <= one.lrs[-1] for one in swept):
        return evidence
    return replace(
        empty,
        suggestion=candidate,
        suggestion_low=candidate,
        suggestion_high=candidate,
        band=(candidate / SPACING, candidate * SPACING),
        rule="a tenth of the rate at which the sweeps broke" if broke else "the configured rate",
    )


def _shown(rungs: Mapping[int, PairedRun], *, weak: bool) -> bool:
    """Return whether short runs show that something trains where the sweeps alone are not believed.

    Where these saw nothing, the best run must have come down on the batches that it was scored on before, too, and by more
    than the noise of its last steps.
    """
    if share_fallen(rungs) < CONFIRMED:
        return False
    best = min(rungs.values(), key=lambda run: run.loss_end if math.isfinite(run.loss_end) else math.inf)
    clear = best.loss_start - best.loss_end > CLEAR_OF_NOISE * best.loss_std
    return weak or (clear and moved([best], CONFIRMED))


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


def _inside_all(clear: Sequence[Sweep], peak: float) -> bool:
    """Return whether at least two sweeps with a signal each see the rate well inside their own band."""
    return len(clear) >= FIRST_LOOK and all(
        one.low * FAR_INSIDE < peak < (one.high if math.isfinite(one.high) else one.lrs[-1]) / FAR_INSIDE
        for one in clear
    )


def _plainly_well(evidence: LrRangeEvidence, run: PairedRun) -> bool:
    """Return whether nothing is left to confirm: the run at the configured rate has done too well for any verdict on it.

    Of a loss that stays above zero nobody can learn more than all; above the band that proves nothing, since a loss that
    starts high falls as far on the way to a constant answer. Where the sweeps see the rate well inside, a clear fall is enough.
    """
    losses = (*run.eval_losses, run.loss_start)
    above = bool(evidence.band) and evidence.configured_peak > evidence.band[1]
    if min(losses) >= 0 and moved([run], LEARNT_MOST) and not above:
        return True
    clear = believed(evidence.sweeps)
    near = evidence.suggestion / 10 < evidence.configured_peak < evidence.suggestion * 10
    return near and _inside_all(clear, evidence.configured_peak) and moved([run], STILL_FALLING)


def _cut_short(run: PairedRun) -> bool:
    """Return whether time ran out in a run that was still whole: it must not be held against longer ones."""
    return math.isfinite(run.eval_end) and run.steps < PAIRED_STEPS


def _worth(run: PairedRun) -> float:
    return run.eval_end if math.isfinite(run.eval_end) else math.inf


def _fingerprint(experiment: Experiment) -> str:
    """Return a hash of what a fresh session is made of and of every global random state."""
    hasher = hashlib.blake2b(digest_size=16)
    hasher.update(torch.get_rng_state().numpy().tobytes())
    with preserved_randomness():
        model = experiment.fresh().model
        for name, tensor in (*model.named_parameters(), *model.named_buffers()):
            hasher.update(name.encode())
            if not is_lazy(tensor):  # a lazy layer has no values before its first forward
                hasher.update(as_bytes(tensor).numpy().tobytes())
        hasher.update(bytes(module.training for module in model.modules()))
    return hasher.hexdigest()


def _note(evidence: LrRangeEvidence) -> str:
    """Return one phrase for the stage table."""
    if evidence.refusal:
        return f"no suggestion: {evidence.refusal}"
    return (
        f"suggests {evidence.suggestion:.2g}, usable from {evidence.band[0]:.2g} to {evidence.band[1]:.2g}, "
        f"configured {evidence.configured_peak:.2g}"
    )
