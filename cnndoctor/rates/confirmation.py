"""What the configured rate itself does: short paired runs at it, below and above it, from equal weights over equal batches.

No more is run than the verdict needs: a rate that lies well inside the band and clearly trains is left at that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cnndoctor.context import Context
from cnndoctor.evidence import LrRangeEvidence
from cnndoctor.evidence.lr_range import PairedRun, Sweep
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.rates.budget import PAIRED_STEPS, PATIENT_STEPS
from cnndoctor.rates.consensus import believed
from cnndoctor.rates.seeds import FIRST_LOOK
from cnndoctor.rates.sweep import paired_run
from cnndoctor.signs.pairs import clearly_better, moved

LEARNT_MOST = 0.5  # share of the first loss: a rate that is called too high or too low has learnt at most half of the best
FAR_INSIDE = 3.0  # times from either edge of the band: there a rate ten times off needs no run of its own
STILL_FALLING = 0.2  # share of the first loss by which the configured rate must have come down for that
BESIDE = (0.1, 10.0)  # times the configured rate
FARTHER = ((0.1, 0.01), (10.0, 100.0))  # what is run where the nearer one wins
FARTHEST_OUT = 1000.0  # times the configured rate, where nothing nearer moved the loss
SHOWN = 0.3  # share of the first loss by which one further out must fall, or the farthest is run where nothing else moved
WARMUP_STEPS = 20
OUTSIDE = 3.0  # times beyond an edge of the band from where a run at the suggestion shows what the rate costs
NEAR = 2.0  # times: a run so near the suggestion stands for it
NEAR_THE_SUGGESTION = 10.0  # times off at most, where nothing is left to confirm


def confirm(context: Context, evidence: LrRangeEvidence, box: TimeBox) -> LrRangeEvidence:
    """Return the evidence with paired runs at the configured rate and as many others as the verdict needs.

    Args:
        context: The experiment and who is told.
        evidence: What the sweeps came to; the configured peak is above zero.
        box: Once it is over, nothing further out is run; a run that it cut short while still whole does not count.
    """
    pairs = _Pairs(context=context, evidence=evidence, box=box)
    paired = pairs.make()
    return replace(evidence, paired=paired, steps=evidence.steps + pairs.steps)


@dataclass(slots=True, kw_only=True)
class _Pairs:
    """Paired runs in the making.

    Attributes:
        context: The experiment and who is told.
        evidence: What the sweeps came to.
        box: Seconds for all runs.
        count: Steps of the next run.
        made: Runs made so far.
        steps: Steps of all runs, also of those that do not count.
        runs: Runs of the first seed by their factor of the configured rate.
        again: Runs of the second seed.
    """

    context: Context
    evidence: LrRangeEvidence
    box: TimeBox
    count: int = PAIRED_STEPS
    made: int = 0
    steps: int = 0
    runs: dict[float, PairedRun] = field(default_factory=dict)
    again: list[PairedRun] = field(default_factory=list)

    def make(self) -> tuple[PairedRun, ...]:
        """Run at the configured rate, a tenth and ten times it; further out, and with a second seed, where that wins.

        Returns:
            The runs that count, by factor, those of the second seed last.
        """
        self._run(1.0)
        if plainly_well(self.evidence, self.runs[1.0]):
            return (self.runs[1.0],)
        self._run_beside()
        self._run_farther()
        self._run_at_suggestion()
        self._run_again()
        everything = (*(self.runs[factor] for factor in sorted(self.runs)), *self.again)
        return tuple(run for run in everything if not _cut_short(run))

    def _run_beside(self) -> None:
        """Run at a tenth and ten times the rate; where nothing has moved, all three once more and longer."""
        for factor in BESIDE:
            self._run(factor)
        if not self._moved() and not self.box.over:
            self.count = PATIENT_STEPS
            for factor in (1.0, *BESIDE):
                self._run(factor)

    def _run_farther(self) -> None:
        """Run further out where that is the way to go; a rate off by a thousand shows nothing at a factor of ten."""
        stuck = not self._moved()
        for near, far in FARTHER:
            if not self.box.over and (stuck or clearly_better(self.runs[near], self.runs[1.0])):
                self._run(far)
        outer = [self.runs[far] for _, far in FARTHER if far in self.runs]
        if stuck and not self.box.over and not moved(outer, SHOWN):
            self._run(FARTHEST_OUT)

    def _run_at_suggestion(self) -> None:
        """Run at the suggestion where the configured rate lies outside the band, unless a run has been near it."""
        band, peak = self.evidence.band, self.evidence.configured_peak
        if not band or band[0] / OUTSIDE < peak < band[1] * OUTSIDE:
            return
        factor = float(f"{self.evidence.suggestion / peak:.3g}")
        if not any(factor / NEAR < made < factor * NEAR for made in self.runs) and not self.box.over:
            self._run(factor)

    def _run_again(self) -> None:
        """Run with a second seed, and longer, where another rate wins: at the configured one and on the winner's side."""
        best = min(self.runs, key=lambda factor: _worth(self.runs[factor]))
        if best == 1.0 or not clearly_better(self.runs[best], self.runs[1.0]) or self.box.over:
            return
        self.count = PATIENT_STEPS  # an unlucky start may need longer than sixty steps to recover
        side = [factor for factor in self.runs if factor == 1.0 or (factor < 1.0) == (best < 1.0)]
        self.again = [self._made(factor, self.context.experiment.seed + 1) for factor in sorted(side)]

    def _run(self, factor: float) -> None:
        self.runs[factor] = self._made(factor, self.context.experiment.seed)

    def _made(self, factor: float, seed: int) -> PairedRun:
        """Make one run at ``factor`` times the configured rate."""
        self.made += 1
        doing = f"training {self.count} steps at {factor:g} times the configured rate"
        self.context.tell.progress(self.made, None, doing)
        lr = self.evidence.configured_peak * factor
        run = paired_run(
            self.context.experiment,
            lr,
            factor=factor,
            seed=seed,
            count=self.count,
            shape=self._warmed,
            box=self.box,
        )
        self.steps += run.steps
        return run

    def _warmed(self, index: int) -> float:
        """Return the share of its rate that a step trains at: rising first where the schedule warms up."""
        warmup = WARMUP_STEPS if self.evidence.schedule == "warmup" else 0
        return min(1.0, (index + 1) / (warmup + 1))

    def _moved(self) -> bool:
        return moved(list(self.runs.values()))


def plainly_well(evidence: LrRangeEvidence, run: PairedRun) -> bool:
    """Return whether nothing is left to confirm: the run at the configured rate has done too well for any verdict on it.

    Of a loss that stays above zero nobody can learn more than all; above the band that proves nothing, since a loss that
    starts high falls as far on the way to a constant answer. Where the sweeps see the rate well inside, a clear fall is enough.

    Args:
        evidence: What the sweeps came to.
        run: The short run at the configured rate.
    """
    peak, losses = evidence.configured_peak, (*run.eval_losses, run.loss_start)
    above = bool(evidence.band) and peak > evidence.band[1]
    if min(losses) >= 0 and moved([run], LEARNT_MOST) and not above:
        return True
    suggested = evidence.suggestion
    near = suggested / NEAR_THE_SUGGESTION < peak < suggested * NEAR_THE_SUGGESTION
    return near and _inside_all(believed(evidence.sweeps), peak) and moved([run], STILL_FALLING)


def _inside_all(clear: Sequence[Sweep], peak: float) -> bool:
    """Return whether at least two sweeps with a signal each see the rate well inside their own band."""
    return len(clear) >= FIRST_LOOK and all(
        one.low * FAR_INSIDE < peak < (one.high if math.isfinite(one.high) else one.lrs[-1]) / FAR_INSIDE
        for one in clear
    )


def _cut_short(run: PairedRun) -> bool:
    """Return whether time ran out in a run that was still whole: it must not be held against longer ones."""
    return math.isfinite(run.eval_end) and run.steps < PAIRED_STEPS


def _worth(run: PairedRun) -> float:
    return run.eval_end if math.isfinite(run.eval_end) else math.inf
