"""What a training step costs, and what it would cost with settings that suit an accelerator: measured, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.first_batch import Speed
from cnndoctor.loop import steps
from cnndoctor.patient.batches import size_of, transform
from cnndoctor.patient.session import Session

WARM_UP = 5  # steps: kernels are chosen and memory is found in the first ones
STEPS = 10
ROUNDS = 3  # the median of three: clocks of an accelerator move
LARGER = 4
CHANNELS_LAST = "channels-last"
BF16 = "bf16"
BOTH = "bf16 and channels-last"
LARGER_BATCH = "larger-batch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to run the same step.

    Attributes:
        name: Stable name.
        words: As a person would say it.
        bf16: Under bf16 autocast.
        channels_last: Model and images with the channel as the last axis in memory.
        batch_factor: Copies of each batch side by side.
    """

    name: str
    words: str
    bf16: bool = False
    channels_last: bool = False
    batch_factor: int = 1


AS_CONFIGURED = Variant(name="as-configured", words="nothing changed")


def variants(session: Session) -> tuple[Variant, ...]:
    """Return the ways worth trying for this session, the configured one first.

    Args:
        session: A fresh session on its device.
    """
    images = any(isinstance(m, nn.Conv2d) for m in session.model.modules())
    precise = session.precision == "fp32"
    found = [AS_CONFIGURED]
    if images:
        found.append(Variant(name=CHANNELS_LAST, words="channels-last memory", channels_last=True))
    if precise:
        found.append(Variant(name=BF16, words="bf16 autocast", bf16=True))
    if images and precise:
        found.append(Variant(name=BOTH, words=BOTH, bf16=True, channels_last=True))
    found.append(Variant(name=LARGER_BATCH, words=f"{LARGER} times the batch", batch_factor=LARGER))
    return tuple(found)


def speeds(fresh: Callable[[], Session], batch: Any, *, seconds: float) -> tuple[Speed, ...]:  # noqa: ANN401
    """Time a few steps in each way, each on a session of its own; a way that does not run here is left out.

    Args:
        fresh: Builds a session.
        batch: A batch as the loader gives it.
        seconds: Time after which no further way is begun.
    """
    end = perf_counter() + seconds
    found = []
    for variant in variants(fresh()):
        if perf_counter() > end:
            break
        try:
            session = fresh()
            each = _seconds_per_sample(session, batch, variant)
        except (UserCodeError, RuntimeError):  # out of memory, an operation without such a kernel
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            if variant is AS_CONFIGURED:
                return ()
            continue
        found.append(Speed(name=variant.name, change=variant.words, seconds_per_sample=each))
    return tuple(found)


def _seconds_per_sample(session: Session, batch: Any, variant: Variant) -> float:  # noqa: ANN401
    if variant.bf16:
        session.precision = "bf16"
    if variant.channels_last:
        session.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    size = size_of(batch)
    batch = transform(session.prepare(batch), lambda t: _as(t, size, variant))
    _make(session, batch, WARM_UP)
    times = []
    for _ in range(ROUNDS):
        _wait(session.device)
        started = perf_counter()
        _make(session, batch, STEPS)
        _wait(session.device)
        times.append((perf_counter() - started) / STEPS)
    return median(times) / (max(1, size) * variant.batch_factor * session.accumulate)


def _as(tensor: Tensor, size: int, variant: Variant) -> Tensor:
    if variant.batch_factor > 1 and tensor.ndim and len(tensor) == size:
        tensor = tensor.repeat(variant.batch_factor, *[1] * (tensor.ndim - 1))
    if variant.channels_last and tensor.ndim == 4:
        return tensor.contiguous(memory_format=torch.channels_last)
    return tensor


def _make(session: Session, batch: Any, count: int) -> None:  # noqa: ANN401
    for _ in steps(session, [batch] * (count * session.accumulate)):
        pass


def _wait(device: torch.device) -> None:
    """Wait until the accelerator is done: it is told what to do long before it does it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
