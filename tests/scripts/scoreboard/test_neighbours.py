"""The values that stand for half and twice of a threshold."""

from __future__ import annotations

import pytest

from cnndoctor.catalogue import all_checks
from cnndoctor.finding import Value
from scoreboard.neighbours import Neighbours, neighbours


@pytest.mark.parametrize(
    ("default", "below", "above"),
    [
        (0.1, 0.05, 0.2),
        (10.0, 5.0, 20.0),
        (1.0, 0.5, 2.0),
        (0.9, 0.8, 0.95),
        (0.5, 0.25, 0.75),
        (0.6, 0.3, 0.8),
        (1.1, 1.05, 1.2),
        (3, 1, 6),
        (16, 8, 32),
        (0.0, 0.0, 0.01),
    ],
)
def test_half_and_twice_are_meant_as_people_mean_them(default: Value, below: float, above: float) -> None:
    """Half and twice; near 1 of the distance to it; whole numbers stay whole; 0 has only an upper side."""
    assert neighbours(default, 2) == Neighbours(below=below, above=above)


@pytest.mark.parametrize(
    ("default", "below", "above"),
    [
        (0.01, 0.001, 0.1),
        (0.2, 0.02, 0.6),
        (0.4, 0.04, 0.8),
        (0.98, 0.8, 0.998),
        (0.9, 0.09, 0.99),
        (1.1, 1.01, 2.0),
        (8, 0, 80),
        (0.0, 0.0, 0.05),
    ],
)
def test_a_tenth_and_ten_times(default: Value, below: float, above: float) -> None:
    """Ten times of a small share stops halfway to 1, and of a large one never falls below its own tenth."""
    assert neighbours(default, 10) == Neighbours(below=below, above=above)


def test_what_is_no_number_has_no_neighbours() -> None:
    """A word or a switch has no half."""
    assert neighbours("mean", 2) is None
    assert neighbours(True, 2) is None


def test_shares_stay_shares() -> None:
    """No threshold of the catalogue that is a share is held against more than everything."""
    for check in all_checks():
        for name, default in check.thresholds.items():
            for factor in (2, 10) if name.endswith("share") else ():
                beside = neighbours(default, factor)
                assert beside is not None
                assert isinstance(default, float)
                assert 0 <= beside.below <= default <= beside.above < 1, (check.id, name)
