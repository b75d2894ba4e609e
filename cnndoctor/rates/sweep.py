"""One learning-rate sweep over real batches, and short runs at a constant rate: everything configured but the rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from statistics import fmean, stdev
from typing import Any

import torch
from torch import Tensor

from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.lr_range import PairedRun, Sweep
from cnndoctor.experiment import Experiment
from cnndoctor.loop import Step, steps
from cnndoctor.patient.batches import tensors
from cnndoctor.patient.changes import Change
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.rates import band
from cnndoctor.user_code import user_code

FETCH_EVERY = 10  # steps between two fetches of losses: one host synchronisation for ten steps
MOST_KEPT = 20_000_000  # elements of batches kept in memory to cycle a loader that can be read only once
MOST_KEPT_BATCHES = 256
SCORED_BATCHES = 5
BROKE = {"diverged", "not-finite"}  # what stopped a sweep whose last rate was too high
CONSTANT_RATE = Change(name="constant-rate", words="constant learning rate", schedule_off=True)


@dataclass(slots=True, kw_only=True)
class Rates:
    """Sets the rate of the first group; all groups keep their ratios.

    Attributes:
        session: Whose optimizer.
        bases: Rates of the groups as configured (the peak of a schedule).
    """

    session: Session
    bases: tuple[float, ...]

    @property
    def first(self) -> float:
        """Return the configured rate that others are relative to: the first that is not zero."""
        return next((base for base in self.bases if base > 0), 1.0)

    @property
    def ratios(self) -> tuple[float, ...]:
        """Return the rates of all groups relative to the first."""
        if not any(self.bases):
            return tuple(1.0 for _ in self.bases)
        return tuple(base / self.first for base in self.bases)

    def set(self, lr: float) -> None:
        """Let the first group train at ``lr`` from the next update on."""
        for group, ratio in zip(self.session.optimizer.param_groups, self.ratios, strict=True):
            value = lr * ratio
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(value)
            else:
                group["lr"] = value


def rates_of(session: Session) -> Rates:
    """Return the dial of a session's rates."""
    return Rates(session=session, bases=tuple(float(group["lr"]) for group in session.optimizer.param_groups))


def sweep(
    experiment: Experiment,
    lrs: Sequence[float],
    *,
    seed: int,
    box: TimeBox | None = None,
    tell: Callable[[int, float, float], None] | None = None,
) -> Sweep:
    """Train at each rate for one step, from the lowest to the highest, until the loss breaks.

    Args:
        experiment: What is trained; each sweep builds its own session.
        lrs: Rates of the first group, evenly spaced in log.
        seed: Seed of model and data order.
        box: After it is over no step is begun; None for no limit.
        tell: Called with step, rate and loss whenever losses are fetched.

    Returns:
        The sweep with its reading; each loss stands beside the rate that its own step was made with.
    """
    session = experiment.fresh(seed=seed, change=CONSTANT_RATE)
    rates, losses, pending = rates_of(session), list[float](), list[Tensor]()
    rates.set(lrs[0])
    stopped, refused = "end", list[UserCodeError]()
    for step in until_refused(steps(session, cycled(session.train_loader)), refused):
        pending.append(step.loss)
        rates.set(lrs[step.index])  # the gradients are there, the update is not: it uses this rate
        last = step.index + 1 == len(lrs)
        late = box is not None and box.over
        if last or late or len(pending) == FETCH_EVERY:
            losses += fetched(pending)
            if tell is not None:
                tell(step.index + 1, lrs[step.index], losses[-1])
            stopped = _reason_to_stop(losses) or ("late" if late and not last else "")
            if stopped or last:
                break
    if pending:  # the loader ended before the sweep did
        losses += fetched(pending)
    if refused:
        losses.append(math.nan)
        stopped = "not-finite"
    return read_sweep(lrs[: len(losses)], losses, seed=seed, stopped=stopped or "end")


def read_sweep(lrs: Sequence[float], losses: Sequence[float], *, seed: int, stopped: str) -> Sweep:
    """Return a sweep with its reading."""
    broken = next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), None)
    kept = len(losses) if broken is None else broken + 1
    reading = band.read(lrs[:kept], losses[:kept], broke=broken is not None)
    return Sweep(
        seed=seed,
        lrs=tuple(lrs[:kept]),
        losses=tuple(losses[:kept]),
        smoothed=reading.smoothed,
        stopped=stopped,
        signal=reading.signal,
        low=reading.low,
        minimum=reading.minimum,
        high=reading.high,
    )


def paired_run(
    experiment: Experiment,
    lr: float,
    *,
    factor: float,
    seed: int,
    count: int,
    shape: Callable[[int], float] | None = None,
    box: TimeBox | None = None,
) -> PairedRun:
    """Train for ``count`` steps at one rate, then score the same training batches as every other run of the seed.

    Args:
        experiment: What is trained.
        lr: Rate of the first group.
        factor: The rate relative to the configured one, for the record.
        seed: Seed of model and data order: runs of one seed see the same weights and batches.
        count: Steps.
        shape: Share of the rate that each step trains at, by index; None for a constant rate.
        box: After it is over no step is begun; None for no limit.
    """
    session = experiment.fresh(seed=seed, change=CONSTANT_RATE)
    rates, losses, pending = rates_of(session), list[float](), list[Tensor]()
    stream = cycled(session.train_loader)
    with user_code("read training data"):
        first = list(islice(stream, SCORED_BATCHES))
    kept = [session.prepare(batch) for batch in first]
    before = _scored(session, kept)
    batches = islice(chain(first, stream), count * session.accumulate)
    refused: list[UserCodeError] = []
    for step in until_refused(steps(session, batches), refused):
        rates.set(lr if shape is None else lr * shape(step.index))
        pending.append(step.loss)
        if len(pending) == FETCH_EVERY:
            losses += fetched(pending)
            if not math.isfinite(losses[-1]) or (box is not None and box.over):
                break
    losses += [*fetched(pending), *(math.nan for _ in refused)]
    scored = _scored(session, kept) if all(math.isfinite(loss) for loss in losses) else ()
    tail = losses[-max(3, len(losses) // 6) :]
    return PairedRun(
        factor=factor,
        lr=lr,
        seed=seed,
        steps=len(losses),
        loss_start=fmean(before) if before else math.nan,
        loss_end=fmean(tail) if tail and all(math.isfinite(loss) for loss in tail) else math.nan,
        loss_std=stdev(tail) / math.sqrt(len(tail))
        if len(tail) > 1 and all(map(math.isfinite, tail))
        else math.nan,
        eval_end=fmean(scored) if scored and all(math.isfinite(loss) for loss in scored) else math.nan,
        eval_losses=scored,
    )


def until_refused(made: Iterator[Step], refused: list[UserCodeError]) -> Iterator[Step]:
    """Yield steps until the user's code raises at a rate that it was not written for: no fault of it, the run just broke.

    Args:
        made: The steps.
        refused: Gets what was raised.

    Raises:
        UserCodeError: The first step raised, or reading data did: no rate is to blame for that.
    """
    begun = False
    try:
        for step in made:
            begun = True
            yield step
    except UserCodeError as error:
        if not begun or error.failure.phase.startswith("read"):
            raise
        refused.append(error)


def cycled(loader: Iterable[Any]) -> Iterator[Any]:
    """Yield batches epoch after epoch; what can be read only once is repeated from memory while it is small.

    Args:
        loader: The loader; a generator or an exhausted iterable data set gives nothing the second time.
    """
    kept: list[Any] = []
    elements, fits = 0, True
    for batch in loader:
        elements += sum(tensor.numel() for tensor in tensors(batch))
        fits = fits and elements <= MOST_KEPT and len(kept) < MOST_KEPT_BATCHES
        kept = [*kept, batch] if fits else []
        yield batch
    again = True
    while again:
        again = False
        for batch in loader:
            again, kept = True, []  # it can be read again: nothing need be kept
            yield batch
    while kept:
        yield from kept


def fetched(pending: list[Tensor]) -> list[float]:
    """Return the pending losses as numbers, fetched from the device in one go; the list is emptied."""
    values = torch.stack([loss.reshape(()).float() for loss in pending]).tolist() if pending else []
    pending.clear()
    return [float(value) for value in values]


def _reason_to_stop(losses: Sequence[float]) -> str:
    """Return not-finite, diverged or collapsed; empty to go on. Finiteness first: NaN compares false with every limit."""
    if not all(math.isfinite(loss) for loss in losses[-FETCH_EVERY:]):
        return "not-finite"
    if band.has_diverged(losses):
        return "diverged"
    return "collapsed" if band.has_collapsed(losses) else ""


def _scored(session: Session, batches: Sequence[Any]) -> tuple[float, ...]:
    """Return the loss of each batch in training mode without a step; batches are prepared ones."""
    with preserved_randomness(), torch.no_grad():
        return tuple(fetched([session.compute(batch).loss.detach() for batch in batches]))
