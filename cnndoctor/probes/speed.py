"""What a training step costs, and what it would cost with settings that suit the machine: measured, never guessed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat, takewhile
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
MANY_THREADS = 8  # with so many, half of them is worth a trial beside a single one
CHANNELS_LAST = "channels-last"
BF16 = "bf16"
BOTH = "bf16 and channels-last"
LARGER_BATCH = "larger-batch"
ONE_THREAD = "one-thread"
HALF_THE_THREADS = "half-the-threads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to run the same step.

    Attributes:
        name: Stable name.
        words: As a person would say it.
        bf16: Under bf16 autocast.
        channels_last: Model and images with the channel as the last axis in memory.
        batch_factor: Copies of each batch side by side.
        threads: Threads within an operation; 0 leaves them as they are.
    """

    name: str
    words: str
    bf16: bool = False
    channels_last: bool = False
    batch_factor: int = 1
    threads: int = 0


AS_CONFIGURED = Variant(name="as-configured", words="nothing changed")


def variants(session: Session, threads: int) -> tuple[Variant, ...]:
    """Return the ways worth trying for this session, the configured one first; nothing else means nothing to try.

    Args:
        session: A fresh session on its device.
        threads: Threads that torch uses within an operation, which count on a CPU only.
    """
    if session.device.type == "cpu":
        return (AS_CONFIGURED, *_with_fewer_threads(threads))
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


def _with_fewer_threads(threads: int) -> Iterator[Variant]:
    """Yield ways with fewer threads: torch takes one for each core that it sees, also where a container may use few of them."""
    if threads > 1:
        yield Variant(name=ONE_THREAD, words=f"one thread instead of {threads}", threads=1)
    if threads >= MANY_THREADS:
        half = threads // 2
        yield Variant(name=HALF_THE_THREADS, words=f"{half} threads instead of {threads}", threads=half)


def speeds(
    fresh: Callable[[], Session],
    batch: Any,  # noqa: ANN401 - a batch holds what the user put in
    ways: Sequence[Variant],
    *,
    seconds: float,
    worth: Callable[[float], bool] = lambda _seconds: True,
) -> tuple[Speed, ...]:
    """Time a few steps in each way, each on a session of its own; a way that does not run here is left out.

    Args:
        fresh: Builds a session.
        batch: A batch as the loader gives it.
        ways: As ``variants`` returns them.
        seconds: Time after which no further batch is begun, and the way that is being timed is given up.
        worth: Told the seconds of a step as configured; whether other ways are to be tried at all.

    Returns:
        The configured way first; nothing where no other way was timed.
    """
    end = perf_counter() + seconds
    found: list[Speed] = []
    for variant in ways if len(ways) > 1 else ():
        try:
            session = fresh()
            with _threads(variant.threads):
                each = _seconds_per_step(session, batch, variant, end)
        except (UserCodeError, RuntimeError):  # out of memory, an operation without such a kernel
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            each = math.inf
        if not math.isfinite(each) or not (found or worth(each)):
            if not found:
                break
            continue
        samples = max(1, size_of(batch)) * variant.batch_factor * session.accumulate
        found.append(Speed(name=variant.name, change=variant.words, seconds_per_sample=each / samples))
    return tuple(found) if len(found) > 1 else ()


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Use so many threads within an operation, for a while; 0 changes nothing."""
    before = torch.get_num_threads()
    try:
        if count:
            torch.set_num_threads(count)
        yield
    finally:
        if count:
            torch.set_num_threads(before)


def _seconds_per_step(session: Session, batch: Any, variant: Variant, end: float) -> float:  # noqa: ANN401
    """Return the seconds of an optimizer step in this way; infinite where the time ends before they are known."""
    if variant.bf16:
        session.precision = "bf16"
    if variant.channels_last:
        session.model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    size = size_of(batch)
    batch = transform(session.prepare(batch), lambda t: _as(t, size, variant))
    if not _make(session, batch, WARM_UP, end):
        return math.inf
    times = []
    for _ in range(ROUNDS):
        _wait(session.device)
        started = perf_counter()
        if not _make(session, batch, STEPS, end):
            return math.inf
        _wait(session.device)
        times.append((perf_counter() - started) / STEPS)
    return median(times)


def _as(tensor: Tensor, size: int, variant: Variant) -> Tensor:
    if variant.batch_factor > 1 and tensor.ndim and len(tensor) == size:
        tensor = tensor.repeat(variant.batch_factor, *[1] * (tensor.ndim - 1))
    if variant.channels_last and tensor.ndim == 4:
        return tensor.contiguous(memory_format=torch.channels_last)
    return tensor


def _make(session: Session, batch: Any, count: int, end: float) -> bool:  # noqa: ANN401
    """Make so many optimizer steps; return whether time sufficed, which is asked before every batch: one may take minutes."""
    in_time = takewhile(lambda _: perf_counter() <= end, repeat(batch, count * session.accumulate))
    return sum(1 for _ in steps(session, in_time)) == count


def _wait(device: torch.device) -> None:
    """Wait until the accelerator is done: it is told what to do long before it does it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
