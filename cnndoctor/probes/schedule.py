"""Steps a scheduler over the whole planned run on a throw-away optimizer, to see the learning rates it would give."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sized
from contextlib import suppress
from dataclasses import dataclass, replace
from time import perf_counter

import torch

from cnndoctor.errors import UserCodeError
from cnndoctor.finding import UserFailure
from cnndoctor.patient.session import Session
from cnndoctor.user_code import user_code

MOST_POINTS = 200
MOST_SECONDS = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The planned run.

    Attributes:
        steps: Optimizer steps; 0 when unknown.
        steps_per_epoch: Optimizer steps in one epoch; 0 when unknown.
        epochs: Epochs, the last one perhaps broken; 0 when unknown.
    """

    steps: int
    steps_per_epoch: int
    epochs: float


def plan_of(loader: Iterable[object], accumulate: int, epochs: int, steps: int) -> Plan:
    """Return how many optimizer steps are planned.

    Args:
        loader: The training loader.
        accumulate: Batches per optimizer step.
        epochs: Configured epochs; 0 when the file counts in steps.
        steps: Configured optimizer steps; 0 when the file counts in epochs.
    """
    batches = 0
    if isinstance(loader, Sized):
        with suppress(Exception):  # a loader over an iterable data set has a length only when that has one
            batches = len(loader)
    per_epoch = math.ceil(batches / max(1, accumulate))
    total = steps or epochs * per_epoch
    return Plan(
        steps=total, steps_per_epoch=per_epoch, epochs=epochs or (steps / per_epoch if per_epoch else 0)
    )


def planned_rates(session: Session, plan: Plan) -> tuple[tuple[tuple[float, float], ...], UserFailure | None]:
    """Return (progress, lr of the first group) points over the planned run, and what the scheduler raised on the way.

    The session's optimizer and scheduler are used up.

    Args:
        session: A session to throw away.
        plan: The planned run.

    Returns:
        At most 200 points, the first at 0; one point without a scheduler; none for a plateau scheduler or an unknown length.
    """
    group = session.optimizer.param_groups[0]
    scheduler = session.scheduler
    if scheduler is None:
        return ((0.0, float(group["lr"])),), None
    by_step = session.scheduler_interval == "step"
    total = plan.steps if by_step else math.ceil(plan.epochs)
    if (
        isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
        or not hasattr(scheduler, "step")
        or not total
    ):
        return (), None
    rates = [float(group["lr"])]
    failure = None
    started = perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Nothing moves: there are no gradients. It tells the scheduler that the order of calls is right.
        _mark_stepped(session.optimizer)
        for index in range(total):
            try:
                with user_code("scheduler", stage="setup"):
                    scheduler.step()
            except UserCodeError as error:
                said = error.failure.message.rstrip(".")
                words = (
                    f"{said} (raised at {'step' if by_step else 'epoch'} {index + 1:,} of {total:,} planned)"
                )
                failure = replace(error.failure, message=words)
                break
            rates.append(float(group["lr"]))
            if perf_counter() - started > MOST_SECONDS:
                break
    used = rates if len(rates) <= total else rates[:-1]  # the rate after the last step trains nothing
    return thinned(used, total), failure


def thinned(rates: list[float], total: int) -> tuple[tuple[float, float], ...]:
    """Return at most 200 (progress, rate) points, evenly chosen, the first and the last among them."""
    last = len(rates) - 1
    count = min(MOST_POINTS, len(rates))
    chosen = sorted({round(i * last / max(1, count - 1)) for i in range(count)})
    return tuple((index / total, rates[index]) for index in chosen)


def _mark_stepped(optimizer: torch.optim.Optimizer) -> None:
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            parameter.grad = None
    with suppress(Exception):  # an optimizer that wants a closure says so in a later stage
        optimizer.step()
