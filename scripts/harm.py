"""Proves that a planted fault does harm: trains a mutant and its healthy twin as configured and compares where they end.

    python scripts/harm.py configs/unseen/shapes/*.yaml --seeds 0 1 2 --json harm.json

Nothing is examined: this is the bare training loop, and a plain evaluation of both splits behind it. A file names its
twin in a comment, ``# twin: healthy.yaml``; one without is trained for itself. Exits 1 when a planted fault did no harm,
unless its file says ``# wrong by construction: …``.
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Annotated

import torch
import typer

from cnndoctor.config import Config, load
from cnndoctor.errors import CnndoctorError
from cnndoctor.evidence.train import Epoch
from cnndoctor.experiment import Experiment
from cnndoctor.loop import end_epoch, endless, evaluate, steps
from cnndoctor.opening import open_experiment
from cnndoctor.patient.evaluation import Watched, training_sample
from cnndoctor.patient.session import Session
from cnndoctor.training.early_stopping import EarlyStopping, watched
from cnndoctor.training.metrics import UserMetrics

TWIN = re.compile(r"^#\s*twin:\s*(\S+)\s*$", re.MULTILINE)
PLANTED = re.compile(r"^#\s*planted:\s*(.+?)\s*$", re.MULTILINE)
BY_CONSTRUCTION = re.compile(r"^#\s*wrong by construction:", re.MULTILINE)
# Seeds of one healthy run of the clinic end within two hundredths of each other; half as much again is a difference.
CLEARLY_LOWER = 0.03
CLEARLY_DEARER = 1.2  # where nothing but the loss can be compared: a fifth more than the twin's


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Where one bare training ended.

    Attributes:
        train_loss: Eval-mode loss over a fixed part of the training data.
        train_score: Likewise its score: accuracy, pixel accuracy, r2; NaN where the task has none.
        validation_loss: Eval-mode loss on validation; NaN without.
        validation_score: Likewise its score.
        metrics: The experiment's own metrics of the validation split.
        seconds: Wall time of training and evaluation.
        trouble: What the user's code raised; empty on a run that went through.
    """

    train_loss: float = math.nan
    train_score: float = math.nan
    validation_loss: float = math.nan
    validation_score: float = math.nan
    metrics: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    trouble: str = ""

    @property
    def is_finite(self) -> bool:
        """Return whether it went through and the loss is a number at the end."""
        return not self.trouble and math.isfinite(self.train_loss)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A config over all seeds, beside its twin.

    Attributes:
        config: The experiment file.
        planted: What its comment says was planted; empty for a healthy run.
        by_construction: Whether the file says that it is wrong however well it scores.
        endings: One a seed.
        twin: Likewise for the twin; none without one.
    """

    config: Path
    planted: str
    by_construction: bool
    endings: tuple[Ending, ...]
    twin: tuple[Ending, ...]

    @property
    def harm(self) -> str:
        """Return in which quantity it ends clearly worse than its twin; empty where in none."""
        if not self.twin:
            return ""
        if sum(not ending.is_finite for ending in self.endings) * 2 > len(self.endings):
            return "raises" if self.endings[0].trouble else "not finite"
        scored = [name for name in self._quantities() if _clearly_lower(*self._sides(name))]
        if scored:
            return ", ".join(scored)
        compared = [name for name in ("validation_score", "train_score") if self._both_known(name)]
        if compared:
            return ""
        return next(
            (name for name in ("validation_loss", "train_loss") if _clearly_dearer(*self._sides(name))), ""
        )

    @property
    def name(self) -> str:
        """Return folder and file name."""
        return f"{self.config.parent.name}/{self.config.stem}"

    def _quantities(self) -> list[str]:
        metrics = [name for name in self.endings[0].metrics if name in self.twin[0].metrics]
        return ["validation_score", *metrics, "train_score"]

    def _both_known(self, name: str) -> bool:
        return not any(math.isnan(median(side)) for side in self._sides(name))

    def _sides(self, name: str) -> tuple[list[float], list[float]]:
        return [_value(e, name) for e in self.endings], [_value(e, name) for e in self.twin]


def main(
    configs: Annotated[list[Path], typer.Argument(metavar="CONFIG...", exists=True, dir_okay=False)],
    seeds: Annotated[str, typer.Option("--seeds", help="Seeds, for example '0 1 2' or 0,1,2.")] = "0 1 2",
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the numbers here.")] = None,
) -> None:
    """Train every config and its twin bare, and say which planted fault did harm."""
    torch.set_num_threads(1)
    # `--seeds 0 1 2` leaves "1" and "2" among the files; main's caller has joined them.
    chosen = [int(seed) for seed in seeds.replace(",", " ").split()]
    known: dict[tuple[Path, int], Ending] = {}
    compared = [_compare(path, chosen, known) for path in configs]
    print("\n".join(_table(compared)))
    if json_file is not None:
        json_file.write_text(json.dumps([_plain(one) for one in compared], indent=1) + "\n", encoding="utf-8")
    harmless = [one for one in compared if one.planted and not one.harm and not one.by_construction]
    raise typer.Exit(1 if harmless else 0)


def train(config: Config, seed: int) -> Ending:
    """Train as configured and evaluate what came out; an exception of the user's code is an ending too.

    Args:
        config: The experiment file.
        seed: Seed of data, model and order.
    """
    started = time.perf_counter()
    try:
        experiment = open_experiment(config, device="cpu", seed=seed)
        session = experiment.fresh()
        _run(experiment, session)
        ending = _ending(experiment, session)
    except CnndoctorError as error:
        ending = {"trouble": str(error).strip().splitlines()[0]}
    return Ending(**ending, seconds=time.perf_counter() - started)  # type: ignore[arg-type]


def _run(experiment: Experiment, session: Session) -> None:
    """Train for the configured epochs or steps; stops early only where the config says so."""
    plan = experiment.config.train
    stopping = None
    if plan.early_stopping is not None:
        rule = plan.early_stopping
        stopping = EarlyStopping(patience=rule.patience, min_delta=rule.min_delta, monitor=rule.monitor or "")
    if plan.epochs is None:
        most = plan.steps or 0
        for _ in islice(steps(session, endless(session.train_loader)), most + 1):
            pass  # the iteration is the training; leaving at the yield drops the pending update
        return
    made = 0
    for index in range(plan.epochs):
        losses = []
        for step in steps(session, session.train_loader):
            losses.append(step.loss)
        made += len(losses)
        needs_validation = stopping is not None or session.scheduler_monitor
        mean = float(torch.stack(losses).mean()) if losses else math.nan
        epoch = Epoch(index=index, steps=made, lr=0.0, train_loss=mean)
        if needs_validation and session.validation_loader is not None:
            seen = _seen(experiment, session, session.validation_loader)
            epoch = Epoch(
                index=index,
                steps=made,
                lr=0.0,
                train_loss=mean,
                validation_loss=seen.loss(),
                validation_score=seen.tally.score(),
            )
        end_epoch(session, watched(epoch, session.scheduler_monitor))
        if stopping is not None and stopping.ends(epoch):
            return


def _ending(experiment: Experiment, session: Session) -> dict[str, object]:
    """Evaluate a bounded part of the training data and the whole validation split, in eval mode."""
    batches, _ = training_sample(experiment, session, 0)
    train = _seen(experiment, session, batches)
    numbers: dict[str, object] = {"train_loss": train.loss(), "train_score": train.tally.score()}
    if session.validation_loader is not None:
        metrics = UserMetrics(experiment, "validation")
        seen = _seen(experiment, session, session.validation_loader, metrics)
        numbers |= {
            "validation_loss": seen.loss(),
            "validation_score": seen.tally.score(),
            "metrics": metrics.compute() if metrics else {},
        }
    return numbers


def _seen(
    experiment: Experiment, session: Session, batches: object, metrics: UserMetrics | None = None
) -> Watched:
    seen = Watched(session, experiment.task)
    for batch, computed in evaluate(session, batches):  # type: ignore[arg-type]  # a loader is what iterates
        seen.add(batch, computed)
        if metrics is not None:
            metrics.update(computed.outputs, computed.targets)
    return seen


def _compare(path: Path, seeds: Sequence[int], known: dict[tuple[Path, int], Ending]) -> Comparison:
    text = path.read_text(encoding="utf-8")
    planted, twin = PLANTED.search(text), TWIN.search(text)
    beside = path.parent / twin.group(1) if twin else None
    return Comparison(
        config=path,
        planted=planted.group(1) if planted else "",
        by_construction=BY_CONSTRUCTION.search(text) is not None,
        endings=tuple(_trained(path, seed, known) for seed in seeds),
        twin=tuple(_trained(beside, seed, known) for seed in seeds) if beside else (),
    )


def _trained(path: Path, seed: int, known: dict[tuple[Path, int], Ending]) -> Ending:
    """Train once per file and seed: many mutants share one twin."""
    key = (path.resolve(), seed)
    if key not in known:
        known[key] = train(load(path), seed)
        print(f"{path.parent.name}/{path.stem} seed {seed}: {known[key]}", file=sys.stderr, flush=True)
    return known[key]


def _value(ending: Ending, name: str) -> float:
    value = ending.metrics.get(name, math.nan) if name in ending.metrics else getattr(ending, name, math.nan)
    return float(value)


def _clearly_lower(mutant: Sequence[float], twin: Sequence[float]) -> bool:
    if any(math.isnan(value) for value in twin):
        return False
    lower = [-math.inf if math.isnan(value) else value for value in mutant]
    if all(math.isinf(value) for value in lower):
        return False  # it has no such score at all
    return median(lower) <= median(twin) - CLEARLY_LOWER and median(lower) < min(twin)


def _clearly_dearer(mutant: Sequence[float], twin: Sequence[float]) -> bool:
    if any(math.isnan(value) for value in (*mutant, *twin)):
        return False
    least = median(twin)
    return median(mutant) >= least + abs(least) * (CLEARLY_DEARER - 1) and median(mutant) > max(twin)


def _table(compared: Sequence[Comparison]) -> list[str]:
    """Return a Markdown table: medians over seeds, mutant first, its twin in brackets."""
    lines = [
        "| config | planted | train score | validation score | validation loss | seconds | harmful |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in compared:
        scores = ("train_score", "validation_score", "validation_loss")
        cells = [_cell(one, name) for name in scores]
        own = ", ".join(f"{name} {_cell(one, name)}" for name in one.endings[0].metrics)
        cells[1] += f"; {own}" if own else ""
        seconds = median(ending.seconds for ending in one.endings)
        lines.append(
            f"| {one.name} | {one.planted.replace('|', 'or')} | {' | '.join(cells)} | {seconds:.1f} | {_verdict(one)} |"
        )
    return lines


def _cell(one: Comparison, name: str) -> str:
    mutant = [_value(ending, name) for ending in one.endings]
    text = f"{median(mutant):.3f}" if len(mutant) == 1 else "/".join(f"{value:.3f}" for value in mutant)
    return f"{text} ({'/'.join(f'{_value(ending, name):.3f}' for ending in one.twin)})" if one.twin else text


def _verdict(one: Comparison) -> str:
    if not one.twin:
        return "(no twin)"
    if one.harm:
        return f"yes: {one.harm}"
    return "no; wrong by construction" if one.by_construction else "no"


def _plain(one: Comparison) -> dict[str, object]:
    return {
        "config": one.name,
        "planted": one.planted,
        "harm": one.harm,
        "by_construction": one.by_construction,
        "endings": [asdict(ending) for ending in one.endings],
        "twin": [asdict(ending) for ending in one.twin],
    }


def joined_seeds(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with the numbers behind ``--seeds`` as one value: ``--seeds 0 1 2`` is how people write it."""
    result: list[str] = []
    for argument in arguments:
        if argument.isdigit() and len(result) > 1 and result[-2] == "--seeds":
            result[-1] += f" {argument}"
        else:
            result.append(argument)
    return result


if __name__ == "__main__":
    command = typer.Typer(add_completion=False)
    command.command()(main)
    command(joined_seeds(sys.argv[1:]))
