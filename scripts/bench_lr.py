"""Measures how good a learning rate the range test suggests: what is lost by training at its suggestion, not at the best rate.

    python scripts/bench_lr.py --cache rates.json --half tuning
    python scripts/bench_lr.py --cache rates.json --out docs/stages.md

The truth of each problem is a grid of rates, each trained as planned, at a constant rate and as the peak of a schedule with
warm-up and cosine decay. The regret of a rate is (loss there - best loss on the grid) / (loss before training - best loss):
0 is as good as the best rate, 1 has learnt nothing. Grids and suggestions are kept in the cache: judging them again takes
a second. Rules were chosen on the tuning half; the held-out half was run once, afterwards.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import fmean, stdev
from typing import Annotated, Any

import numpy as np
import torch
import typer

from cnndoctor.codec import write_atomically
from cnndoctor.config import load
from cnndoctor.context import Context
from cnndoctor.evidence import Evidence, ExperimentEvidence, FailuresEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.loop import steps
from cnndoctor.observers import Observers
from cnndoctor.opening import open_experiment
from cnndoctor.patient.changes import Change
from cnndoctor.rates import band
from cnndoctor.rates.sweep import cycled, sweep
from cnndoctor.stages import setup as setup_stage
from cnndoctor.stages.lr_range import find_lr

NETS = Path(__file__).resolve().parent / "bench_lr_nets.py"
MARKERS = ("<!-- lr:begin -->", "<!-- lr:end -->")
MODES = ("constant", "peak")
PER_DECADE = 3
PLAIN_GRID, MOMENTUM_GRID, ADAPTIVE_GRID = (1e-2, 46.4), (1e-3, 10.0), (1e-4, 0.464)
TRUTH_SEEDS = (0, 1, 2)
SUGGESTING_SEEDS = (0, 100, 200, 300, 400)
CONFIGURED = 0.01  # where no rate is told; the range test does not look at it
TAIL = 8  # the last eighth of the steps is the final loss
BROKEN = 10.0  # times the first loss, for so long, is never come back from
BROKEN_STEPS = 20
NOTHING, LEARNT = (
    0.97,
    0.9,
)  # shares of the first loss: above one nothing was learnt, below the other something
FAILED = 0.5  # regret from which a suggestion has failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One training whose best rate is known.

    Attributes:
        name: As in the table.
        model: Target and arguments of the model.
        data: Name and arguments of the data.
        batch: Batch size.
        optimizer: Target and arguments of the optimizer, without the rate.
        steps: Planned optimizer steps.
        held_out: Whether it was kept away while rules were chosen.
        loss: Target of the loss.
    """

    name: str
    model: str
    data: str
    batch: int
    optimizer: str
    steps: int
    held_out: bool
    loss: str = "CrossEntropyLoss"

    @property
    def adaptive(self) -> bool:
        """Return whether the optimizer normalises by gradient size."""
        return self.optimizer.startswith("Adam")

    @property
    def grid(self) -> tuple[float, ...]:
        """Return the rates that are trained at."""
        momentum = MOMENTUM_GRID if "momentum" in self.optimizer else PLAIN_GRID
        low, high = ADAPTIVE_GRID if self.adaptive else momentum
        return band.spaced(low, high, round(PER_DECADE * math.log10(high / low)) + 1)


SGD, MOMENTUM = "SGD", "SGD, momentum: 0.9"
DECAYED = "SGD, momentum: 0.9, weight_decay: 5e-4"
ADAM, ADAMW = "Adam", "AdamW"
MSE = "MSELoss"


def _problem(
    name: str, model: str, data: str, *plan: object, held_out: bool, loss: str = "CrossEntropyLoss"
) -> Problem:
    """Return a problem; its plan is batch size, optimizer and steps."""
    batch, optimizer, count = plan
    assert isinstance(batch, int)
    assert isinstance(count, int)
    return Problem(
        name=name,
        model=model,
        data=data,
        batch=batch,
        optimizer=str(optimizer),
        steps=count,
        held_out=held_out,
        loss=loss,
    )


PROBLEMS = (
    _problem("CNN, momentum", "cnn", "digits", 64, MOMENTUM, 200, held_out=False),
    _problem("ResNet BN, momentum", "resnet, norm: batch", "digits", 48, DECAYED, 120, held_out=False),
    _problem("VGG, AdamW", "vgg", "digits", 32, ADAMW, 150, held_out=False),
    _problem("MLP regression, SGD", "mlp, inputs: 10", "friedman", 32, SGD, 250, held_out=False, loss=MSE),
    _problem("U-Net, Adam", "UNet", "segments", 16, ADAM, 120, held_out=False),
    _problem("CNN BN, SGD, b256", "cnn, norm: batch", "digits", 256, SGD, 100, held_out=False),
    _problem("MLP LN, AdamW, b512", "mlp, inputs: 64, outputs: 10, norm: layer", "digits", 512, ADAMW, 200, held_out=False),
    _problem("MLP, Adam, long", "mlp, inputs: 144, outputs: 10, width: 32", "scattered", 32, ADAM, 600, held_out=False),
    _problem("CNN BN, AdamW", "cnn, norm: batch", "scattered", 48, ADAMW, 120, held_out=True),
    _problem("ResNet, momentum", "resnet", "scattered", 32, MOMENTUM, 120, held_out=True),
    _problem("VGG BN, momentum, b128", "vgg, norm: batch, width: 6", "digits", 128, DECAYED, 100, held_out=True),
    _problem("CNN regression, Adam", "cnn, outputs: 2", "centres", 32, ADAM, 200, held_out=True, loss=MSE),
    _problem("U-Net BN, momentum", "UNet, norm: batch", "segments", 16, MOMENTUM, 120, held_out=True),
    _problem("CNN tanh, SGD, b16", "cnn, activation: tanh", "digits", 16, SGD, 250, held_out=True),
    _problem("MLP BN regression, Adam", "mlp, inputs: 10, norm: batch", "friedman", 512, ADAM, 200, held_out=True, loss=MSE),
    _problem("MLP, momentum, long", "mlp, inputs: 64, outputs: 10, width: 32", "digits", 16, MOMENTUM, 600, held_out=True),
)  # fmt: skip
HOPELESS = (
    _problem("labels drawn anew", "cnn", "digits, noise_labels: true", 64, MOMENTUM, 200, held_out=False),
    _problem("weights cut off", "Detached", "digits", 64, ADAM, 200, held_out=False),
    _problem("dead rectifiers", "dead", "digits", 64, MOMENTUM, 200, held_out=True),
    _problem("blank pictures", "cnn, norm: batch", "digits, constant: true", 64, ADAM, 200, held_out=True),
)


def opened(problem: Problem, mode: str, seed: int, folder: Path) -> Experiment:
    """Open a problem as an experiment file would give it."""
    schedule = f"{{_target_: '{NETS}:warmup_cosine', steps: {problem.steps}, interval: step}}"
    text = f"""
name: {"".join(c if c.isalnum() else "-" for c in problem.name.lower())}
device: cpu
seed: {seed}
model: {{_target_: '{NETS}:{_first(problem.model)}'{_rest(problem.model)}}}
data: {{train_loader: {{_target_: '{NETS}:Batches', data: {problem.data}, batch_size: {problem.batch}}}}}
loss: {{_target_: torch.nn.{problem.loss}}}
optimizer: {{_target_: torch.optim.{_first(problem.optimizer)}, lr: {CONFIGURED}{_rest(problem.optimizer)}}}
train: {{steps: {problem.steps}}}
{f"scheduler: {schedule}" if mode == "peak" else ""}
"""
    path = folder / f"{abs(hash((problem.name, mode, seed)))}.yaml"
    path.write_text(text, encoding="utf-8")
    return open_experiment(load(path))


def _first(node: str) -> str:
    return node.split(",", 1)[0]


def _rest(node: str) -> str:
    return node[len(_first(node)) :]


def trained(experiment: Experiment, lr: float, count: int, seed: int) -> list[float]:
    """Train as planned with one (peak) rate; return the loss of each step, cut short where it broke for good."""
    session = experiment.fresh(
        seed=seed, change=Change(name="rate", words="another rate", lr_factor=lr / CONFIGURED)
    )
    losses: list[float] = []
    for step in steps(session, islice(cycled(session.train_loader), count)):
        losses.append(float(step.loss))
        far = len(losses) > BROKEN_STEPS and min(losses[-BROKEN_STEPS:]) > BROKEN * losses[0]
        if far or not math.isfinite(losses[-1]):
            return losses[:-1]
    return losses


def final(losses: Sequence[float], count: int, initial: float) -> float:
    """Return the mean loss of the last eighth of the steps, none counted above the loss before training."""
    tail = [
        losses[i] if i < len(losses) and math.isfinite(losses[i]) else math.inf
        for i in range(count - count // TAIL, count)
    ]
    return fmean(min(loss, initial) for loss in tail)


@dataclass(slots=True)
class Cache:
    """What was measured, on disk after every problem.

    Attributes:
        path: Where; None keeps nothing.
        told: By problem: ``truth``, ``examined`` and ``published``.
    """

    path: Path | None
    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def get(self, problem: str, key: str, make: Callable[[], Any]) -> Any:  # noqa: ANN401 - plain data of each kind
        """Return what is known, or measure and keep it."""
        known = self.told.setdefault(problem, {})
        if key not in known:
            print(f"measuring {problem}: {key}", file=sys.stderr, flush=True)
            known[key] = make()
            if self.path is not None:
                write_atomically(self.path, json.dumps(self.told))
        return known[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What each rate of the grid leads to.

    Attributes:
        lrs: The grid.
        losses: Final loss at each rate, over seeds.
        initial: Loss before training.
    """

    lrs: tuple[float, ...]
    losses: tuple[float, ...]
    initial: float

    @property
    def best(self) -> float:
        """Return the rate with the lowest final loss."""
        return self.lrs[min(range(len(self.lrs)), key=self.losses.__getitem__)]

    @property
    def learnt(self) -> bool:
        """Return whether any rate trains at all: a regret is noise over noise where none does."""
        return min(self.losses) < LEARNT * self.initial

    def regret(self, loss: float) -> float:
        """Return the normalised regret of a final loss."""
        lowest = min(self.losses)
        return (loss - lowest) / (self.initial - lowest)


def _grid(lrs: Sequence[float], run: Callable[[float], tuple[float, float]]) -> tuple[float, list[float]]:
    """Run from the middle of the grid outwards, each way until two rates in a row learn nothing: those beyond do not either."""
    known: dict[float, tuple[float, float]] = {}
    middle = len(lrs) // 2
    for side in (lrs[middle:], lrs[:middle][::-1]):
        stuck, last = 0, (math.nan, math.nan)
        for lr in side:
            learnt = any(loss < LEARNT * initial for initial, loss in known.values())
            known[lr] = last = last if stuck > 1 and learnt else run(lr)
            stuck = stuck + 1 if last[1] > NOTHING * last[0] else 0
    initial = fmean(first for first, _ in known.values())
    return initial, [known[lr][1] for lr in lrs]


def truth_of(cache: Cache, problem: Problem, mode: str, folder: Path) -> Truth:
    """Return the truth of a problem, measured where it is not known."""

    def measure() -> dict[str, Any]:
        experiment = opened(problem, mode, 0, folder)

        def run(lr: float) -> tuple[float, float]:
            runs = [trained(experiment, lr, problem.steps, seed) for seed in TRUTH_SEEDS]
            initial = fmean(losses[0] for losses in runs)
            return initial, fmean(final(losses, problem.steps, initial) for losses in runs)

        return dict(zip(("initial", "losses"), _grid(problem.grid, run), strict=True))

    told = cache.get(problem.name, f"truth {mode}", measure)
    return Truth(lrs=problem.grid, losses=tuple(told["losses"]), initial=told["initial"])


def examined(cache: Cache, problem: Problem, mode: str, seed: int, folder: Path) -> dict[str, Any]:
    """Return what the range test says of a problem: suggestion, sweeps, steps and the rule."""

    def measure() -> dict[str, Any]:
        evidence = find_lr(_context(opened(problem, mode, seed, folder)))
        return {
            "suggestion": evidence.suggestion,
            "steps": evidence.steps,
            "sweeps": [[list(one.lrs), list(one.losses), one.signal] for one in evidence.sweeps],
            "rungs": [[run.lr, run.loss_end] for run in evidence.rungs],
            "restored": evidence.restored,
            "rule": evidence.rule or evidence.refusal,
        }

    return cache.get(problem.name, f"examined {mode} {seed}", measure)  # type: ignore[no-any-return]


def _context(experiment: Experiment) -> Context:
    described = ExperimentEvidence(name="bench", path="", lines={}, task=experiment.task.value)
    context = Context(
        experiment=experiment,
        so_far=Evidence(experiment=described, failures=FailuresEvidence()),
        tell=Observers([]),
        rate_wanted=True,
    )
    return replace(context, so_far=replace(context.so_far, setup=setup_stage.run(context).evidence))


def published(cache: Cache, problem: Problem, seed: int, folder: Path) -> list[list[float]]:
    """Return the one sweep of 100 steps from 1e-7 to 10 that other finders make, as rates and losses."""

    def measure() -> list[list[float]]:
        one = sweep(opened(problem, "constant", seed, folder), band.spaced(1e-7, 10.0, 100), seed=seed)
        return [list(one.lrs), list(one.losses)]

    return cache.get(problem.name, f"published {seed}", measure)  # type: ignore[no-any-return]


def at_suggestion(cache: Cache, problem: Problem, mode: str, folder: Path, lr: float) -> float:
    """Return the final loss of training at a rate, over the seeds of the truth."""

    def measure() -> float:
        experiment = opened(problem, mode, 0, folder)
        runs = [trained(experiment, lr, problem.steps, seed) for seed in TRUTH_SEEDS]
        initial = fmean(run[0] for run in runs)
        return fmean(final(run, problem.steps, initial) for run in runs)

    return cache.get(problem.name, f"run {mode} {lr:.4g}", measure)  # type: ignore[no-any-return]


# The rules of other finders, on the curves that they are given. Sources: torch-lr-finder 0.2.2 (steepest), fastai 2.8.12
# (valley and minimum), with their own smoothing and the points that they leave out at either end.


def steepest(lrs: Sequence[float], losses: Sequence[float], planned: int) -> float:  # noqa: ARG001 - as its fellows
    """Return the rate of the steepest fall: new losses weigh 5 %, the first ten and last five points are left out."""
    smoothed = _running(losses, 0.05, corrected=False)[10:-5]
    return lrs[10 + int(np.argmin(np.gradient(np.array(smoothed))))] if len(smoothed) > 1 else math.nan


def valley(lrs: Sequence[float], losses: Sequence[float], planned: int) -> float:
    """Return the rate in the middle of the longest falling subsequence, fastai's default."""
    lrs, smoothed = _as_fastai(lrs, losses, planned)
    if not smoothed:
        return math.nan
    longest = [1] * len(smoothed)
    for i in range(1, len(smoothed)):
        longest[i] = 1 + max((longest[j] for j in range(i) if smoothed[i] < smoothed[j]), default=0)
    end = int(np.argmax(longest))
    third = longest[end] / 3  # it counts back the subsequence's length, not to its first member
    return lrs[end - longest[end] + int(third) + int(third / 2)]


def tenth_of_minimum(lrs: Sequence[float], losses: Sequence[float], planned: int) -> float:
    """Return a tenth of the rate at the smoothed minimum, fastai's ``minimum``."""
    lrs, smoothed = _as_fastai(lrs, losses, planned)
    return lrs[int(np.argmin(smoothed))] / 10 if smoothed else math.nan


Rival = Callable[[Sequence[float], Sequence[float], int], float]
RIVALS: Mapping[str, Rival] = {
    "steepest slope": steepest,
    "valley": valley,
    "minimum/10": tenth_of_minimum,
}


def _running(losses: Sequence[float], weight: float, *, corrected: bool) -> list[float]:
    """Return the running mean that gives each new loss this weight; where corrected, without the bias of its start."""
    smoothed, mean = [], 0.0 if corrected else losses[0]
    for number, loss in enumerate(losses, start=1):
        mean = (1 - weight) * mean + weight * loss
        smoothed.append(mean / (1 - (1 - weight) ** number) if corrected else mean)
    return smoothed


def _as_fastai(
    lrs: Sequence[float], losses: Sequence[float], planned: int
) -> tuple[Sequence[float], list[float]]:
    """Return what fastai looks at: smoothed by 2 %, without the first tenth and the last five points, up to a NaN."""
    smoothed = _running(losses, 0.02, corrected=True)
    kept = slice(planned // 10, len(losses) - 5)
    whole = next((i for i, loss in enumerate(smoothed[kept]) if not math.isfinite(loss)), None)
    return lrs[kept][:whole], smoothed[kept][:whole]


PUBLISHED_STEPS, OUR_STEPS = 100, 200
INTRODUCTION = """## The suggested learning rate

`python scripts/bench_lr.py` trains each problem at every rate of a grid, three a decade, over three seeds, at a constant rate
and as the peak of a schedule with warm-up and cosine decay. The *regret* of a suggestion is (loss there - best loss on the
grid) / (loss before training - best loss): 0 is as good as the best rate, 1 has learnt nothing. The loss is the mean training
loss of the last eighth of the steps, on the same batches for every rate. Five suggestions are made for each problem and
schedule, each from its own seed, and every one of every rule is trained with, over the three seeds of the grid: a regret below
0 is a rate between two of the grid that does better than both. A problem that no rate trains counts among the refusals instead.

How it is found: two sweeps of 200 steps give a candidate; short runs (60 steps, more where the planned run allows it) at a
third of it, at it and at three times it, and on while the outermost is best, share weights and batches and follow the shape of
the planned schedule. The suggestion is their centre, weighed by how well they did, and lower by (planned steps / steps of a
short run) to the power 0.2, ten times at most. All of it takes 600 steps at most, or a tenth of the planned run. Where the
sweeps see too little, the short runs decide whether anything is suggested.

*Our sweeps* are the sweeps that our suggestion was made from, with rules of other finders on them, as the geometric mean where
there were two; *as published* is their one sweep of 100 steps from 1e-7 to 10. Refusals are left out of a rule's regret.
"""
LIMITS = """### What this does not show

- The problems are small and their runs short (100 to 600 steps), so that a ladder of 60 steps sees a good part of a run.
  For runs of many thousands of steps the correction for length rests on one problem of the tuning half that is ten times as
  long as the short runs, and on the shape of the published curves.
- It is the training loss: the rate that generalises best may be another one.
- The limit of 600 steps holds for `lr-find`. In `diagnose`, runs that confirm a verdict on the configured rate may take the
  stage to about 1,500 steps; a rate that plainly trains takes about 400.
- Our rule makes more steps than a single sweep of 100. *Our sweeps* gives the others both sweeps, not the ladder.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one rule did on one problem.

    Attributes:
        regrets: Normalised regret of each suggestion.
        decades: Distance of each from the best rate in decades; above 0 it is too high.
        refused: Seeds without a suggestion.
    """

    regrets: tuple[float, ...]
    decades: tuple[float, ...]
    refused: int

    @property
    def spread(self) -> float:
        """Return the standard deviation over seeds in decades."""
        return stdev(self.decades) if len(self.decades) > 1 else 0.0


def scored(truth: Truth, suggestions: Sequence[float], loss_at: Callable[[float], float]) -> Score:
    """Hold suggestions against the truth, each by what training with it leads to; NaN is a refusal."""
    made = [lr for lr in suggestions if math.isfinite(lr) and lr > 0]
    return Score(
        regrets=tuple(truth.regret(loss_at(lr)) for lr in made),
        decades=tuple(math.log10(lr / truth.best) for lr in made),
        refused=len(suggestions) - len(made),
    )


def suggestions_of(cache: Cache, problem: Problem, mode: str, folder: Path) -> dict[str, list[float]]:
    """Return what each rule suggests, for each seed: ours, the sweeps' own, the rivals on the same sweeps and as published."""
    found: dict[str, list[float]] = {}
    for seed in SUGGESTING_SEEDS:
        told = examined(cache, problem, mode, seed, folder)
        theirs = published(cache, problem, seed, folder)
        clear = [one for one in told["sweeps"] if one[2] >= band.LEAST_SIGNAL]
        readings = [band.read(lrs, losses, broke=not math.isfinite(losses[-1])) for lrs, losses, _ in clear]
        by_rule = {
            "ours": told["suggestion"],
            "ours, sweeps alone": band.geometric_mean(
                [band.suggest(reading, peak=mode == "peak")[0] for reading in readings]
            ),
        }
        for name, rival in RIVALS.items():
            by_rule[f"{name}, our sweeps"] = band.geometric_mean(
                [rival(lrs, losses, OUR_STEPS) for lrs, losses, _ in clear]
            )
            by_rule[f"{name}, as published"] = rival(theirs[0], theirs[1], PUBLISHED_STEPS)
        for name, value in by_rule.items():
            found.setdefault(name, []).append(value)
    return found


def judged(
    cache: Cache, problems: Sequence[Problem], folder: Path
) -> Iterator[tuple[Problem, str, dict[str, Score]]]:
    """Yield problem, mode and the scores by rule."""
    for problem in problems:
        for mode in MODES:
            truth = truth_of(cache, problem, mode, folder)
            found = suggestions_of(cache, problem, mode, folder)
            loss_at = partial(at_suggestion, cache, problem, mode, folder)
            yield problem, mode, {name: scored(truth, values, loss_at) for name, values in found.items()}


def rules_table(rows: Sequence[tuple[Problem, str, dict[str, Score]]]) -> list[str]:
    """Return the table of rules: regret, failures, refusals, distance and spread over the problems given."""
    lines = [
        "| Rule | Schedule | Mean regret | 90th percentile | Worst | Above 0.5 | Refused | Decades off | Spread |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    names = list(rows[0][2])
    for mode in MODES:
        for name in names:
            scores = [by_rule[name] for _, one, by_rule in rows if one == mode]
            regrets = sorted(regret for score in scores for regret in score.regrets)
            decades = [abs(distance) for score in scores for distance in score.decades]
            total = len(regrets) + sum(score.refused for score in scores)
            lines.append(
                f"| {name} | {mode} | {fmean(regrets):.3f} | {regrets[int(0.9 * (len(regrets) - 1))]:.2f} "
                f"| {regrets[-1]:.2f} | {sum(regret > FAILED for regret in regrets)} of {total} "
                f"| {sum(score.refused for score in scores)} | {fmean(decades):.2f} "
                f"| {fmean(score.spread for score in scores):.2f} |"
            )
    return lines


def problems_table(
    cache: Cache, rows: Sequence[tuple[Problem, str, dict[str, Score]]], folder: Path
) -> list[str]:
    """Return the table of problems: best rate, our suggestions, their regret and spread."""
    lines = [
        "| Problem | Half | Schedule | Best rate | Suggestion | Regret | Worst | Spread (decades) | Steps |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for problem, mode, scores in rows:
        truth, score = truth_of(cache, problem, mode, folder), scores["ours"]
        told = [examined(cache, problem, mode, seed, folder) for seed in SUGGESTING_SEEDS]
        lr = band.geometric_mean([one["suggestion"] for one in told])
        worst = max(score.regrets, default=math.nan)
        lines.append(
            f"| {problem.name} | {'held-out' if problem.held_out else 'tuning'} | {mode} | {truth.best:.2g} | {lr:.2g} "
            f"| {fmean(score.regrets) if score.regrets else math.nan:.3f} | {worst:.3f} | {score.spread:.2f} "
            f"| {fmean(one['steps'] for one in told):.0f} |"
        )
    return lines


def refusals_table(cache: Cache, problems: Sequence[Problem], folder: Path) -> list[str]:
    """Return how often each rule refused where nothing can be learnt."""
    found = [suggestions_of(cache, problem, "constant", folder) for problem in problems]
    lines = [
        f"| Rule | {' | '.join(problem.name for problem in problems)} |",
        f"|---{'|---' * len(problems)}|",
    ]
    for name in found[0]:
        if name == "ours, sweeps alone" or name.endswith("our sweeps"):
            continue
        counts = [f"{sum(not math.isfinite(lr) for lr in one[name])} of {len(one[name])}" for one in found]
        lines.append(f"| {name} | {' | '.join(counts)} |")
    return lines


TARGETS = (
    ("mean regret, constant rate", "constant", lambda score: fmean(score.regrets), 0.03),
    ("mean regret, peak of warm-up and decay", "peak", lambda score: fmean(score.regrets), 0.01),
    ("worst regret, constant rate", "constant", lambda score: max(score.regrets), FAILED),
    ("worst regret, peak", "peak", lambda score: max(score.regrets), FAILED),
    ("spread over seeds in decades, constant rate", "constant", lambda score: score.spread, 0.10),
    ("spread over seeds in decades, peak", "peak", lambda score: score.spread, 0.10),
)


def targets_table(rows: Sequence[tuple[Problem, str, dict[str, Score]]]) -> list[str]:
    """Return what was aimed at and what came out, misses included; worst is over all suggestions, the rest are means."""
    lines = ["| Aim | At most | All | Tuning half | Held-out half |", "|---|---|---|---|---|"]
    for name, mode, of, limit in TARGETS:
        cells = []
        for halves in ((False, True), (False,), (True,)):
            scores = [
                by_rule["ours"]
                for problem, one, by_rule in rows
                if one == mode and problem.held_out in halves and by_rule["ours"].regrets
            ]
            if not scores:
                cells.append("not run")
                continue
            value = (max if name.startswith("worst") else fmean)([of(score) for score in scores])
            cells.append(f"{value:.3f} {'holds' if value <= limit else '**missed**'}")
        lines.append(f"| {name} | {limit:g} | {' | '.join(cells)} |")
    return lines


def page(cache: Cache, problems: Sequence[Problem], hopeless: Sequence[Problem], folder: Path) -> str:
    """Return the section of the stages' page."""
    untrainable = [one for one in problems if not truth_of(cache, one, "constant", folder).learnt]
    rows = list(judged(cache, [one for one in problems if one not in untrainable], folder))
    parts = [INTRODUCTION, "### What was aimed at", "", *targets_table(rows), ""]
    for held_out in (True, False):
        half = [row for row in rows if row[0].held_out is held_out]
        if half:
            said = "never looked at while the rule was chosen" if held_out else "that the rule was chosen on"
            parts += [f"### Rules compared, {len(half) // 2} problems {said}", "", *rules_table(half), ""]
    parts += [
        "### By problem",
        "",
        "The suggestion is the geometric mean over five seeds, the regret the mean over them.",
        "",
        *problems_table(cache, rows, folder),
        "",
    ]
    parts += [
        "### Refusals where there is nothing to learn",
        "",
        *refusals_table(cache, [*hopeless, *untrainable], folder),
        "",
    ]
    parts += [LIMITS]
    return "\n".join(parts)


def inserted(text: str, section: str) -> str:
    """Return the page with the part between the markers replaced; markers that are missing are added at the end."""
    begin, end = MARKERS
    if begin not in text:
        text = f"{text.rstrip()}\n\n{begin}\n{end}\n"
    before, rest = text.split(begin, 1)
    return f"{before}{begin}\n{section.strip()}\n{end}{rest.split(end, 1)[1]}"


def main(
    cache: Annotated[Path | None, typer.Option(help="Keep what was measured here.")] = None,
    half: Annotated[str, typer.Option(help="tuning, held-out or both.")] = "both",
    *,
    again: Annotated[bool, typer.Option(help="Forget the suggestions, keep the truth.")] = False,
    out: Annotated[Path | None, typer.Option(help="Write into this page, between its markers.")] = None,
) -> None:
    """Measure what is missing, print the tables, write them where asked."""
    torch.set_num_threads(1)
    told = json.loads(cache.read_text(encoding="utf-8")) if cache is not None and cache.exists() else {}
    if again:
        told = {
            problem: {key: value for key, value in known.items() if not key.startswith(("examined", "run"))}
            for problem, known in told.items()
        }
    wanted = {"tuning": (False,), "held-out": (True,), "both": (False, True)}[half]
    with tempfile.TemporaryDirectory() as folder:
        section = page(
            Cache(cache, told),
            [problem for problem in PROBLEMS if problem.held_out in wanted],
            [problem for problem in HOPELESS if problem.held_out in wanted],
            Path(folder),
        )
    print(section)
    if out is not None:
        write_atomically(
            out, inserted(out.read_text(encoding="utf-8") if out.exists() else "# The stages\n", section)
        )


if __name__ == "__main__":
    typer.run(main)
