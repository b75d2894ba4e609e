"""What counts as named, as missed and as a false alarm."""

from __future__ import annotations

import pytest

from scoreboard.cases import Expected
from scoreboard.records import Said
from scoreboard.scoring import Score, score
from tests.scripts.scoreboard.made import CATALOGUE, FAULT, HEALTHY, said

TWO = Expected(kind="faults", faults=(("dead-relu",), ("overfitting",)))
HINT = Expected(kind="note", faults=(("best-epoch-lost",),))


def _score(expected: Expected, *causes: Said) -> Score:
    loud = any(cause.severity != "note" for cause in causes)
    verdict = "unhealthy" if loud else "healthy"
    return score(expected, causes, verdict=verdict, hints=CATALOGUE.hints)


def test_cause_first() -> None:
    """A planted cause that stands first above a note is a hit, whatever notes stand before it."""
    worth = _score(FAULT, said("slow-hardware-use", "note"), said("dead-relu"))
    assert worth.first
    assert worth.well


def test_another_name_of_the_fault() -> None:
    """Either of two right names for one fault is a hit."""
    either = Expected(kind="fault", faults=(("dead-relu", "vanishing-gradients"),))
    assert _score(either, said("vanishing-gradients")).well
    assert _score(either, said("dead-relu")).named == (True,)


def test_cause_among_three() -> None:
    """A planted cause behind another one is no hit, but counts among the first three; the other is a wrong alarm."""
    worth = _score(FAULT, said("loss-flat", "warning"), said("dead-relu"))
    assert (worth.first, worth.among_three, worth.well) == (False, True, False)
    assert [alarm.check for alarm in worth.alarms] == ["loss-flat"]


def test_cause_fourth() -> None:
    """A planted cause behind three others is not among three, but was named."""
    worth = _score(FAULT, said("a"), said("b"), said("c"), said("dead-relu"))
    assert (worth.among_three, worth.named) == (False, (True,))


def test_two_faults() -> None:
    """Of two faults both must be causes above a note, and one of them first."""
    assert _score(TWO, said("overfitting", "warning"), said("dead-relu", "warning")).well
    only_one = _score(TWO, said("overfitting"))
    assert (only_one.first, only_one.named, only_one.well) == (True, (False, True), False)
    assert _score(TWO, said("overfitting"), said("dead-relu", "note")).named == (False, True)
    assert not _score(TWO, said("a"), said("overfitting"), said("dead-relu")).well


def test_a_hint_beside_a_fault() -> None:
    """Where one of two faults is what a check can only hint at, its note is enough."""
    two = Expected(kind="faults", faults=(("dead-relu",), ("best-epoch-lost",)))
    assert _score(two, said("dead-relu"), said("best-epoch-lost", "note")).well


def test_planted_as_a_note() -> None:
    """A hint is right as a note with nothing above it; above a note, or unsaid, it is wrong."""
    assert _score(HINT, said("best-epoch-lost", "note")).well
    assert not _score(HINT, said("best-epoch-lost", "warning")).well
    assert not _score(HINT, said("best-epoch-lost", "note"), said("overfitting", "warning")).well
    assert not _score(HINT).well


def test_false_alarm() -> None:
    """A healthy run with a warning is flagged, one with notes alone is not."""
    assert not _score(HEALTHY, said("overfitting", "warning")).well
    assert _score(HEALTHY, said("overfitting", "note")).well


@pytest.mark.parametrize("verdict", ["incomplete", "no report"])
def test_a_healthy_run_that_did_not_come_through(verdict: str) -> None:
    """Silence is not enough: the verdict of a healthy run is healthy."""
    assert not score(HEALTHY, (), verdict=verdict, hints=frozenset()).well
