"""What each threshold decides on saved runs: who is found with it as it is, and with a value on either side. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from cnndoctor.check import Check
from cnndoctor.evidence import Evidence
from cnndoctor.finding import Grade, Severity, Value
from cnndoctor.judge import Rules, judge
from scoreboard.cases import Expected
from scoreboard.neighbours import neighbours

Side = Literal["a tenth", "half", "default", "twice", "ten times"]
NEAR: tuple[Side, ...] = ("half", "default", "twice")
FAR: tuple[Side, ...] = ("a tenth", "ten times")
SIDES = (*NEAR, *FAR)
Loudness = Literal["", "note", "loud"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRun:
    """One run whose answer is known.

    Attributes:
        expected: What must be said.
        evidence: What was seen.
        rules: What the experiment's own file says about the checks.
    """

    expected: Expected
    evidence: Evidence
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """Which faults have to do with a check.

    Attributes:
        own: Its own id.
        related: Ids that it explains and ids that explain it, at any distance.
        hint: Whether a note is all that it says by itself.
    """

    own: str
    related: frozenset[str]
    hint: bool


@dataclass(slots=True, kw_only=True)
class Seen:
    """Which runs one value of a threshold finds, by their number.

    Attributes:
        alarms: Sound runs where it says more than a note.
        notes: Sound runs where it says a note.
        planted: Runs with this very fault where it is said loudly enough.
        related: Runs with a fault that explains it or that it explains, likewise.
        others: Runs with faults that have nothing to do with it, where it says more than a note.
    """

    alarms: set[int] = field(default_factory=set)
    notes: set[int] = field(default_factory=set)
    planted: set[int] = field(default_factory=set)
    related: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Row:
    """One threshold, with the values it is held against and what each finds."""

    check: str
    name: str
    values: Mapping[Side, Value]
    seen: Mapping[Side, Seen] = field(default_factory=lambda: {side: Seen() for side in SIDES})

    @property
    def is_decided(self) -> bool:
        """Return whether another value would find anything else on any of these runs."""
        return any(self.seen[side] != self.seen["default"] for side in SIDES)

    @property
    def harms(self) -> tuple[Side, ...]:
        """Return the near sides where a sound run would be flagged or a planted fault lost."""
        return tuple(side for side in NEAR if self.flagged(side) or self.lost(side))

    @property
    def far_harms(self) -> tuple[Side, ...]:
        """Return the far sides where a sound run would be flagged or a planted fault lost."""
        return tuple(side for side in FAR if self.flagged(side) or self.lost(side))

    @property
    def betters(self) -> tuple[Side, ...]:
        """Return the sides that flag fewer sound runs or find more planted faults, and do no harm."""
        usual = self.seen["default"]
        return tuple(
            side
            for side in SIDES
            if not (self.flagged(side) or self.lost(side))
            and (usual.alarms - self.seen[side].alarms or self.seen[side].planted - usual.planted)
        )

    def flagged(self, side: Side) -> int:
        """Return how many more sound runs are flagged on one side."""
        return len(self.seen[side].alarms - self.seen["default"].alarms)

    def lost(self, side: Side) -> int:
        """Return how many planted faults are not found any more on one side."""
        return len(self.seen["default"].planted - self.seen[side].planted)


@dataclass(slots=True, kw_only=True)
class Counts:
    """How many runs of each kind there were for one check.

    Attributes:
        sound: Sound runs that it judged.
        planted: Runs where its own fault is planted.
        related: Runs where a fault is planted that explains it or that it explains.
    """

    sound: int = 0
    planted: int = 0
    related: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """All that was counted: a row for each threshold, and the runs of each check."""

    rows: tuple[Row, ...]
    counts: Mapping[str, Counts]


def tally(runs: Iterable[KnownRun], checks: Sequence[Check]) -> Tally:
    """Judge each run by each check alone, with each threshold nearer and farther on both sides.

    Args:
        runs: The runs, read one by one.
        checks: The catalogue.
    """
    kins = {check.id: kin for check, kin in zip(checks, kin_of(checks), strict=True)}
    rows = {check.id: tuple(_rows(check)) for check in checks}
    counts = {check.id: Counts() for check in checks}
    for number, run in enumerate(runs):
        for check in checks:
            if rows[check.id]:
                kin = kins[check.id]
                judged = _judge_run(number, run, check, kin, rows[check.id])
                _count(counts[check.id], kin, run.expected, judged=judged)
    return Tally(rows=tuple(row for check in checks for row in rows[check.id]), counts=counts)


def kin_of(checks: Sequence[Check]) -> Iterator[Kin]:
    """Yield for each check the faults that have to do with it."""
    reach = {check.id: _reached(check.id, {other.id: other.explains for other in checks}) for check in checks}
    for check in checks:
        explaining = {other for other, effects in reach.items() if check.id in effects}
        yield Kin(
            own=check.id,
            related=frozenset((reach[check.id] | explaining) - {check.id}),
            hint=check.grade is Grade.C,
        )


def _rows(check: Check) -> Iterator[Row]:
    for name, default in check.thresholds.items():
        near, far = neighbours(default, 2), neighbours(default, 10)
        if near is not None and far is not None:
            values: dict[Side, Value] = {"half": near.below, "default": default, "twice": near.above}
            yield Row(
                check=check.id, name=name, values={**values, "a tenth": far.below, "ten times": far.above}
            )


def _judge_run(number: int, run: KnownRun, check: Check, kin: Kin, rows: Sequence[Row]) -> bool:
    """Put down what each value of each threshold says of a run; return whether the check could judge it at all."""
    usual, judged = _said(check, run, {})
    for row in rows:
        for side in SIDES:
            said = usual if side == "default" else _said(check, run, {row.name: row.values[side]})[0]
            _note_down(row.seen[side], number, said, kin, run.expected)
    return judged


def _count(counts: Counts, kin: Kin, expected: Expected, *, judged: bool) -> None:
    counts.sound += expected.kind == "healthy" and judged
    counts.planted += kin.own in expected.names
    counts.related += kin.own not in expected.names and bool(kin.related & expected.names)


def _said(check: Check, run: KnownRun, thresholds: Mapping[str, Value]) -> tuple[Loudness, bool]:
    """Return how loudly a check speaks, and whether it could judge at all; what the experiment itself sets stays set."""
    own = {**thresholds, **run.rules.thresholds.get(check.id, {})}
    judgement = judge(run.evidence, (check,), Rules(thresholds={check.id: own}, ignore=run.rules.ignore))
    judged = judgement.outcomes[0].status != "skipped"
    if not judgement.causes:
        return "", judged
    return "note" if judgement.causes[0].severity is Severity.NOTE else "loud", judged


def _note_down(seen: Seen, number: int, said: Loudness, kin: Kin, expected: Expected) -> None:
    if expected.kind == "healthy":
        if said == "loud":
            seen.alarms.add(number)
        if said == "note":
            seen.notes.add(number)
    elif said == "loud" or (said == "note" and (kin.hint or expected.kind == "note")):
        if kin.own in expected.names:
            seen.planted.add(number)
        elif kin.related & expected.names:
            seen.related.add(number)
        elif said == "loud":
            seen.others.add(number)


def _reached(start: str, explains: Mapping[str, Sequence[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(explains.get(start, ()))
    while todo:
        effect = todo.pop()
        if effect not in seen:
            seen.add(effect)
            todo.extend(explains.get(effect, ()))
    return seen
