"""A time box counts this program's own time."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndoctor.patient import time_box
from cnndoctor.patient.time_box import TimeBox, seconds_starved


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Hand the test both clocks: wall seconds, and seconds starved."""
    now = {"wall": 0.0, "starved": 0.0}
    monkeypatch.setattr(time_box, "perf_counter", lambda: now["wall"])
    monkeypatch.setattr(time_box, "seconds_starved", lambda: now["starved"])
    return now


def test_ends_when_its_seconds_are_used(clock: dict[str, float]) -> None:
    """On an idle machine the box is wall time."""
    box = TimeBox(10)
    seen = []
    for clock["wall"] in (9.9, 10.1):
        seen.append(box.over)
    assert seen == [False, True]
    assert box.spent == pytest.approx(10.1)


def test_waiting_for_a_processor_is_not_charged(clock: dict[str, float]) -> None:
    """Of 15 seconds 6 spent waiting for a processor leave one of ten."""
    box = TimeBox(10)
    clock.update(wall=15, starved=6)
    assert not box.over
    assert box.spent == pytest.approx(9)


def test_goes_on_running_once_a_processor_is_free(clock: dict[str, float]) -> None:
    """What was forgiven is added once, not again and again."""
    box = TimeBox(10)
    clock.update(wall=17, starved=6)
    assert box.over


def test_no_limit_is_never_over(clock: dict[str, float]) -> None:
    """Without seconds nothing ends."""
    box = TimeBox()
    clock["wall"] = 1e12
    assert not box.over


def test_without_statistics_nothing_is_forgiven(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the system tells nothing, or nonsense, the box falls back to wall time."""
    for text in (None, "", "1", "a b c"):
        path = tmp_path / "schedstat"
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="ascii")
        monkeypatch.setattr(time_box, "SCHEDULER_STATISTICS", path)
        assert seconds_starved() == 0.0


def test_reads_the_second_number_as_nanoseconds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The scheduler counts nanoseconds."""
    path = tmp_path / "schedstat"
    path.write_text("9 2500000000 3\n", encoding="ascii")
    monkeypatch.setattr(time_box, "SCHEDULER_STATISTICS", path)
    assert seconds_starved() == pytest.approx(2.5)
