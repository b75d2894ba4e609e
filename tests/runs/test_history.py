"""The history keeps one line a run and survives what a killed run leaves behind."""

import math
from pathlib import Path

from cnndoctor.report import FinalMetrics, Verdict
from cnndoctor.runs.history import History, HistoryLine, append, read, render

FIRST = HistoryLine(
    time="2026-01-02T03:04:05+00:00",
    name="digits",
    config_sha256="a" * 64,
    verdict=Verdict.UNHEALTHY,
    top_cause="learning-rate-too-high",
    metrics=FinalMetrics(train={"loss": math.inf}, validation={"accuracy": 0.1234567}),
    seconds=12.5,
    run="runs/digits/1",
)
SECOND = HistoryLine(
    time="2026-01-02T04:00:00+00:00", name="digits", config_sha256="a" * 64, verdict=Verdict.HEALTHY
)


def test_what_is_appended_is_read(tmp_path: Path) -> None:
    """Runs come back equal and in order, from a folder that did not exist."""
    path = tmp_path / "runs" / "history.jsonl"
    append(path, FIRST)
    append(path, SECOND)
    assert read(path) == History(lines=(FIRST, SECOND))
    assert len(path.read_text().splitlines()) == 2


def test_damaged_lines_are_skipped_and_told(tmp_path: Path) -> None:
    """A line cut short costs itself alone, and the table says so."""
    path = tmp_path / "history.jsonl"
    append(path, FIRST)
    with path.open("ab") as file:
        file.write(b'{"time": "20\xff')
    append(path, SECOND)
    history = read(path)
    assert history == History(lines=(FIRST, SECOND), damaged=(2,))
    assert "Skipped what could not be read: line 2." in render(history)


def test_no_history_is_empty(tmp_path: Path) -> None:
    """Before the first run there is nothing to read and a sentence to show."""
    assert render(read(tmp_path / "none.jsonl")) == "No runs yet.\n"


def test_table_lines_up() -> None:
    """Columns start at the same place, and an unchanged config is marked."""
    head, first, second = render(History(lines=(FIRST, SECOND))).splitlines()
    assert first.index("unhealthy") == second.index("healthy") == head.index("VERDICT")
    assert "accuracy 0.1235" in first
    assert "= aaaaaaaa" in second
    assert "= aaaaaaaa" not in first
