"""Whether memory keeps growing while a run goes on: a graph, outputs or losses that somebody keeps."""

from __future__ import annotations

import ctypes
import gc
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

STATM = Path("/proc/self/statm")  # Linux; elsewhere the process is not watched
PAGE_BYTES = 4096
WARM_UP_STEPS = 50
SUSPICIOUS_BYTES = 64 * 2**20  # allocators and caches move by tens of megabytes; below this nobody runs out
LOOKS = 4
LOOK_EVERY = 50  # steps; reading the process's size costs as much as a step of a tiny model


@dataclass(slots=True)
class MemoryWatch:
    """Cheap looks at the process; live tensors are only counted once it has grown suspiciously.

    Attributes:
        counted: (step, bytes of live tensors), a few entries once suspicion stands.
    """

    counted: list[tuple[int, int]] = field(default_factory=list)
    _first: tuple[int, int] | None = None
    _next: int = 0

    def look(self, step: int, device: torch.device) -> None:
        """Take in how much memory is used after ``step`` steps."""
        if step < WARM_UP_STEPS or step < self._next:
            return
        if self._first is None and device.type != "cuda":
            _return_freed()
        used = torch.cuda.memory_allocated(device) if device.type == "cuda" else _resident_bytes()
        if self._first is None:
            self._first = (step, used)
        grown = used - self._first[1]
        if grown < SUSPICIOUS_BYTES:
            self._next = step + LOOK_EVERY
            return
        self.counted.append((step, used if device.type == "cuda" else _live_bytes()))
        # Counting costs a tenth of a second, so it is done a few times only, ever further apart; four looks fit into the
        # few hundred steps that a leak of half a megabyte takes to fill what the check allows.
        self._next = step + max(LOOK_EVERY, step // 4)

    def growth(self) -> float:
        """Return bytes of live tensors per step that keep growing; 0 when flat or never suspicious."""
        if len(self.counted) < LOOKS:
            return 0.0
        rising = all(
            later > earlier for (_, earlier), (_, later) in zip(self.counted, self.counted[1:], strict=False)
        )
        (first, low), (last, high) = self.counted[0], self.counted[-1]
        return (high - low) / (last - first) if rising and last > first else 0.0


def _resident_bytes() -> int:
    try:
        with STATM.open("rb", buffering=0) as file:
            return int(file.read(128).split()[1]) * PAGE_BYTES
    except (OSError, IndexError, ValueError):
        return 0


def _return_freed() -> None:
    """Give what the stages before have freed back to the system: else a leak fills that first, and the process looks flat."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return  # no GNU C library: the process is watched as it is


def _live_bytes() -> int:
    return sum(
        t.numel() * t.element_size()
        for t in gc.get_objects()
        if type(t) is Tensor and t.layout is torch.strided
    )
