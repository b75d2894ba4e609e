"""Promises of the watch over memory."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from cnndoctor.training import memory
from cnndoctor.training.memory import MemoryWatch

CPU = torch.device("cpu")


def watched(monkeypatch: pytest.MonkeyPatch, steps: int, used: Callable[[int], int]) -> float:
    """Return the growth seen over a run whose memory after each step is ``used(step)`` bytes."""
    watch, now = MemoryWatch(), [0]
    monkeypatch.setattr(memory, "_resident_bytes", lambda: used(now[0]))
    monkeypatch.setattr(memory, "_live_bytes", lambda: used(now[0]))
    for step in range(steps):
        now[0] = step
        watch.look(step, CPU)
    return watch.growth()


def test_half_a_megabyte_a_step_is_seen_before_it_has_filled_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A leak of half a megabyte a step is known, with its size, after 500 steps."""
    assert watched(monkeypatch, 500, lambda step: step * 2**19) == pytest.approx(2**19)


def test_a_cache_that_fills_once_is_no_growth(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples that are kept over the first epoch stop growing with it."""
    assert watched(monkeypatch, 800, lambda step: min(step, 300) * 2**19) == 0.0


def test_a_flat_run_is_never_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that does not grow costs no count of its tensors."""
    assert watched(monkeypatch, 800, lambda step: 10**8) == 0.0


def test_what_the_stages_before_freed_is_given_back_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Freed memory that the process still holds would hide a leak that fills it; it is returned before the first look."""
    calls: list[str] = []
    monkeypatch.setattr(memory, "_return_freed", lambda: calls.append("returned"))

    def read() -> int:
        calls.append("read")
        return 10**8

    monkeypatch.setattr(memory, "_resident_bytes", read)
    watch = MemoryWatch()
    for step in range(300):
        watch.look(step, CPU)
    assert calls[:2] == ["returned", "read"]
    assert calls.count("returned") == 1
