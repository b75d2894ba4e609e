"""Questions about short series, against slow and obvious answers."""

import math

import pytest

from cnndoctor.series import finite, first_nonfinite, head, slope, smooth, tail


def test_slope_of_a_line_is_exact() -> None:
    """A straight line has its own slope and no error."""
    line = slope([2.0 - 0.5 * i / 9 for i in range(10)])
    assert line.value == pytest.approx(-0.5)
    assert line.error == pytest.approx(0.0, abs=1e-9)


def test_slope_of_few_points_has_no_error() -> None:
    """Two points have a slope but no residual; none have neither."""
    assert slope([1.0, 3.0]).value == 2.0
    assert math.isinf(slope([1.0, 3.0]).error)
    assert slope([]).value == 0.0


def test_slope_leaves_nonfinite_out() -> None:
    """NaN is left out."""
    assert math.isfinite(slope([1.0, math.nan, 2.0, 3.0]).value)


def test_first_nonfinite() -> None:
    """The index of the first NaN or infinity, -1 without."""
    assert first_nonfinite([1.0, math.inf, math.nan]) == 1
    assert first_nonfinite([1.0]) == -1
    assert finite([1.0, math.nan, 2.0]) == [1.0, 2.0]


def test_smooth_removes_a_spike_and_keeps_the_length() -> None:
    """A running median forgets a single spike."""
    assert smooth([1.0, 1.0, 9.0, 1.0, 1.0], 3) == [1.0, 1.0, 1.0, 1.0, 1.0]


def test_head_and_tail_hold_at_least_one() -> None:
    """A share of a short series is one value; of none, none."""
    assert (head([1.0, 2.0, 3.0], 0.1), tail([1.0, 2.0, 3.0], 0.1)) == ([1.0], [3.0])
    assert (head([], 0.5), tail([], 0.5)) == ([], [])
