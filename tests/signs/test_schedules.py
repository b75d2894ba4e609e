"""What a planned schedule does to the rate."""

from __future__ import annotations

import pytest

from cnndoctor.signs.schedules import collapse


@pytest.mark.parametrize(
    ("planned", "start"),
    [
        (((0.0, 0.1), (0.5, 0.1), (1.0, 0.1)), None),
        (((0.0, 0.1), (0.5, 0.0005), (1.0, 0.0001)), 0.5),
        (((0.0, 0.0), (0.5, 0.1), (1.0, 0.0)), 1.0),
        (((0.0, 0.1), (0.3, 0.0), (0.6, 0.1), (1.0, 0.0005)), 1.0),
        ((), None),
    ],
    ids=["constant", "at half", "at its end", "after a restart", "none planned"],
)
def test_a_rate_is_gone_from_where_it_does_not_come_back(
    planned: tuple[tuple[float, float], ...], start: float | None
) -> None:
    """Below a hundredth of its peak, and for good: warm-ups and restarts are none."""
    assert collapse(planned) == start
