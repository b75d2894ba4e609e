"""The watched training run against the bare loop, epoch by epoch in turn."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

import torch

from cnndoctor.evidence.train import Epoch
from cnndoctor.experiment import Experiment
from cnndoctor.loop import endless
from cnndoctor.observers import Observers
from cnndoctor.observers.tensorboard import TensorBoardObserver
from cnndoctor.patient.session import Session
from cnndoctor.probes.layers import LayerMonitor
from cnndoctor.stages.train import course_of
from cnndoctor.training.course import Course
from costs.measuring import context_of
from costs.rows import Row


def training_rows(experiment: Experiment, name: str, scratch: Path, rounds: int) -> Iterator[Row]:
    """Measure the watched run, without and with TensorBoard, and hold its losses against those of the bare loop."""
    for kind, board in (("train", None), ("train+TensorBoard", scratch / "board")):
        side_by_side(experiment, board)  # warm-up: allocators, caches, imports
        runs = [side_by_side(experiment, board) for _ in range(rounds)]
        same = all(run.same for run in runs)
        yield Row(
            name=f"{kind}/{name}",
            value=median(run.watched / run.bare for run in runs),
            limit=1.08 if same else 0.0,
            bare=1000 * median(run.bare for run in runs),
            noise=median(abs(run.again / run.bare - 1) for run in runs),
            note=f"{runs[0].steps} steps; losses {'bit-identical' if same else 'DIFFER'}",
        )


@dataclass(slots=True, kw_only=True)
class SideBySide:
    """CPU seconds of one watched run and of two bare ones, which took turns with it epoch by epoch.

    Attributes:
        watched: Of the watched run.
        bare: Of the bare run; without the share of the other bare run's half of the turns.
        again: Of the same bare run a second time: how far it is from ``bare`` is noise.
        same: Whether all losses are bit-identical.
        steps: Steps of each.
    """

    watched: float = 0.0
    bare: float = 0.0
    again: float = 0.0
    same: bool = True
    steps: int = 0


def side_by_side(experiment: Experiment, board: Path | None) -> SideBySide:
    """Train watched and, epoch by epoch in turn, twice without watching; what the machine does meanwhile hits all three.

    Args:
        experiment: What is trained.
        board: Where TensorBoard logs go; None for none.
    """
    found = SideBySide()
    epochs = experiment.config.train.epochs or 1
    twins = [_Turn(bare_epochs(experiment.fresh())) for _ in range(2)]
    session = experiment.fresh()
    tell = Observers([TensorBoardObserver(board)] if board else [])
    tell.stage_started("train", "training as configured")
    course = course_of(context_of(experiment, tell), session)
    monitor = LayerMonitor(session.model, every=experiment.config.stages.train.monitor_every)
    told = course.listener.epoch
    clock = 0.0

    def between(course: Course, epoch: Epoch) -> None:
        nonlocal clock
        told(course, epoch)
        found.watched += time.process_time() - clock
        state = torch.get_rng_state()
        means = [twin.next() for twin in (twins if epoch.index % 2 else reversed(twins))]
        found.same &= all(mean == epoch.train_loss for mean in means)
        torch.set_rng_state(state)
        clock = time.process_time()

    course.listener.epoch = between
    gc.collect()
    gc.freeze()  # what is there now is not looked through again and again, by whoever's turn it is
    clock = time.process_time()
    course.go(monitor)
    tell.close()  # what is still to be written is part of the price
    found.watched += time.process_time() - clock
    found.bare, found.again = (twin.seconds for twin in twins)
    found.same &= len(course.epochs) == epochs
    found.steps = course.step
    return found


class _Turn:
    """A bare run that goes on for one epoch whenever it is its turn, with its own random state."""

    def __init__(self, epochs: Iterator[float]) -> None:
        self._epochs = epochs
        self._random = torch.get_rng_state()
        self.seconds = 0.0

    def next(self) -> float:
        """Return the mean loss of the next epoch."""
        torch.set_rng_state(self._random)
        started = time.process_time()
        mean = next(self._epochs)
        self.seconds += time.process_time() - started
        self._random = torch.get_rng_state()
        return mean


def bare_epochs(session: Session) -> Iterator[float]:
    """Train as a person writes it by hand, with the loss read every step as people do; yield the mean loss of each epoch."""
    assert session.loss is not None
    while True:
        losses = []
        for inputs, targets in session.train_loader:
            session.optimizer.zero_grad(set_to_none=True)
            loss = session.loss(session.model(inputs), targets)
            loss.backward()  # type: ignore[no-untyped-call]
            session.optimizer.step()
            losses.append(loss.item())
        yield sum(losses) / len(losses)


def bare_steps(session: Session, count: int) -> None:
    """Make so many steps as a person writes them by hand."""
    assert session.loss is not None
    for inputs, targets in islice(endless(session.train_loader), count):
        session.optimizer.zero_grad(set_to_none=True)
        loss = session.loss(session.model(inputs), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        session.optimizer.step()
        loss.item()
