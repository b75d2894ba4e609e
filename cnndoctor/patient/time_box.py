"""A limit in seconds that does not run while other programs keep this one from a processor.

On a busy machine the same work takes several times as long. What a stage sees would then hang on its neighbours, so time
that this thread stood ready to run and did not get a processor is not charged. Linux tells it; elsewhere the box is wall time.
"""

from __future__ import annotations

import math
from pathlib import Path
from time import perf_counter

# Nanoseconds on a processor, nanoseconds waiting for one, times scheduled: of the calling thread (proc_pid_schedstat(5)).
SCHEDULER_STATISTICS = Path("/proc/thread-self/schedstat")


class TimeBox:
    """Time that starts with the object.

    Args:
        seconds: How long; None or infinity for no limit.
    """

    __slots__ = ("_end", "_seconds", "_started", "_starved")

    def __init__(self, seconds: float | None = None) -> None:
        self._seconds = math.inf if seconds is None else seconds
        self._started = perf_counter()
        self._starved = seconds_starved()
        self._end = self._started + self._seconds

    @property
    def over(self) -> bool:
        """Return whether the time is used up; cheap until it might be."""
        if perf_counter() < self._end:
            return False
        self._end = self._started + self._seconds + seconds_starved() - self._starved
        return perf_counter() >= self._end

    @property
    def spent(self) -> float:
        """Return the seconds charged so far."""
        return perf_counter() - self._started - (seconds_starved() - self._starved)


def seconds_starved() -> float:
    """Return how long this thread has waited for a processor since it was started, in seconds; 0 where nobody tells."""
    try:
        return int(SCHEDULER_STATISTICS.read_text(encoding="ascii").split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
