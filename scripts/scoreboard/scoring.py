"""What one answer is worth: whether the planted fault came first, what was missed and which alarm was false. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scoreboard.cases import Expected
from scoreboard.records import Record, Said

FIRST = 3  # a person reads the first three causes before losing patience; chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One answer held against what was expected.

    Attributes:
        expected: What had to be said.
        first: Whether the first cause above a note is a planted one; never on a healthy run.
        among_three: Whether a planted one is among the first three above a note.
        named: For each fault, whether one of its names was said.
        well: Whether the answer is what it had to be: cause first, healthy, or a note and no more.
        top: What came first above a note; nothing when nothing did.
        alarms: What stood above a note and was not planted.
    """

    expected: Expected
    first: bool
    among_three: bool
    named: tuple[bool, ...]
    well: bool
    top: Said | None
    alarms: tuple[Said, ...]

    @property
    def quiet(self) -> bool:
        """Return whether nothing wrong stood above a note."""
        return not self.alarms


def score(expected: Expected, causes: Sequence[Said], *, verdict: str, hints: frozenset[str]) -> Score:
    """Return what an answer is worth.

    Args:
        expected: What had to be said.
        causes: What was said, first things first.
        verdict: ``healthy`` is what a healthy run must have.
        hints: Ids of the checks that by themselves say no more than a note.
    """
    loud = [said for said in causes if said.severity != "note"]
    alarms = loud if expected.kind == "note" else [s for s in loud if s.check not in expected.names]
    first = bool(loud) and expected.kind != "note" and loud[0].check in expected.names
    named = tuple(_is_named(expected, fault, causes, hints) for fault in expected.faults)
    return Score(
        expected=expected,
        first=first,
        among_three=expected.kind != "note" and any(s.check in expected.names for s in loud[:FIRST]),
        named=named,
        well=_is_well(expected, first=first, named=named, quiet=not alarms, verdict=verdict),
        top=loud[0] if loud else None,
        alarms=tuple(alarms),
    )


def score_record(expected: Expected, record: Record, hints: frozenset[str]) -> Score:
    """Return what the diagnosis of a record is worth."""
    return score(expected, record.causes, verdict=record.verdict, hints=hints)


def _is_named(
    expected: Expected, fault: tuple[str, ...], causes: Sequence[Said], hints: frozenset[str]
) -> bool:
    """Return whether a fault was said loudly enough; what only hints was said loudly enough in a note."""
    if expected.kind == "note":
        return any(said.check in fault and said.severity == "note" for said in causes)
    return any(said.check in fault and (said.severity != "note" or said.check in hints) for said in causes)


def _is_well(expected: Expected, *, first: bool, named: tuple[bool, ...], quiet: bool, verdict: str) -> bool:
    match expected.kind:
        case "healthy":
            return verdict == "healthy"
        case "note":
            return quiet and all(named)
        case "fault":
            return first
        case "faults":
            return first and all(named)
