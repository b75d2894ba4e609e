"""What a planned schedule does to the rate."""

from __future__ import annotations

from collections.abc import Sequence

COLLAPSED = 0.01  # of the peak: below it next to nothing is learnt any more


def collapse(planned: Sequence[tuple[float, float]], collapsed: float = COLLAPSED) -> float | None:
    """Return the progress from which on the rate stays below a share of its peak; None when it never does.

    Args:
        planned: (progress, rate) points of the schedule, ascending.
        collapsed: The share of the peak.
    """
    limit = collapsed * max((lr for _, lr in planned), default=0.0)
    start = None
    for progress, lr in reversed(planned):
        if lr >= limit:
            break
        start = progress
    return start
