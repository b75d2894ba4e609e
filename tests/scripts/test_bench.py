"""The benchmark: what a row says."""

from __future__ import annotations

from dataclasses import replace

from costs.rows import Row, line_of, summary_of


def test_a_row_above_its_target_says_so() -> None:
    """Misses stand in the table as plainly as what holds."""
    row = Row(name="train/x", value=1.09, limit=1.08)
    assert "**FAIL**" in line_of(row)
    assert "pass" in line_of(replace(row, value=1.08))


def test_medians_leave_depth_out() -> None:
    """The trainings of the list have a median with a target of its own; rows of depth are no part of it."""
    rows = [
        Row(name=f"train/{name}", value=value, limit=1.08)
        for name, value in (("a", 1.0), ("b", 1.02), ("c", 1.1), ("1,000 layers", 9.0))
    ]
    (median,) = summary_of(rows)
    assert (median.name, median.value, median.passed) == ("train, median of 3", 1.02, True)
