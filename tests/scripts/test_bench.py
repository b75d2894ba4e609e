"""The benchmark: what a row says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from costs.page import not_measured
from costs.published import published_rows
from costs.rows import Row, line_of, summary_of
from costs.works import WORK, opened


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


def test_what_is_not_installed_is_left_out_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without skorch and the published finders there is no row of them, and the page says which are missing."""
    monkeypatch.setattr("costs.published.importlib.util.find_spec", lambda _name: None)
    assert not list(published_rows(opened(WORK[0], tmp_path), "small CNN", 1))
    (said,) = not_measured(mnist=tmp_path, cifar=tmp_path)
    assert "skorch" in said
    assert "torch-lr-finder" in said
