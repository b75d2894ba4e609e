"""Scores added up: one row of a table for any set of answers, calibration, families and confusions. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from scoreboard.cases import Case
from scoreboard.records import Record, Said
from scoreboard.scoring import Score

# Narrower where answers are dense; chosen.
EDGES = (0.0, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One examination and what it is worth."""

    case: Case
    record: Record
    score: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many of so many."""

    of: int
    count: int

    def __str__(self) -> str:
        """Return ``3 of 4``, or a dash where there is none."""
        return f"{self.count} of {self.of}" if self.of else "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A set of answers added up.

    Attributes:
        first: Cause first, of runs with faults planted.
        among_three: Likewise among the first three.
        doubles_named: Planted faults of two-fault runs that were named.
        doubles_whole: Two-fault runs of which both were named.
        wrong_beside: Wrong names above a note, of all runs with faults planted.
        notes: Hints given as notes with nothing above.
        healthy: Healthy runs called healthy.
        warnings: False alarms at warning level on healthy runs.
        errors: Likewise at error level.
        crashes: Examinations with a fault of ours.
        seconds: Wall time of each run.
    """

    first: Share
    among_three: Share
    doubles_named: Share
    doubles_whole: Share
    wrong_beside: int
    notes: Share
    healthy: Share
    warnings: int
    errors: int
    crashes: int
    seconds: tuple[float, ...]

    @property
    def runs(self) -> int:
        """Return how many examinations these are."""
        return len(self.seconds)

    def alarms_per_healthy(self, level: str) -> str:
        """Return false alarms at a level per healthy run."""
        count = self.errors if level == "error" else self.warnings
        return f"{count / self.healthy.of:.2f}" if self.healthy.of else "–"

    @property
    def wrong_beside_a_run(self) -> str:
        """Return wrong names above a note per run with faults planted."""
        return f"{self.wrong_beside / self.first.of:.2f}" if self.first.of else "–"

    @property
    def median_seconds(self) -> float:
        """Return the median wall time of a run."""
        return median(self.seconds) if self.seconds else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Causes said with a confidence from ``low`` to ``high``: how many, how sure on average, how many right."""

    low: float
    high: float
    said: int
    mean_confidence: float
    right: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRow:
    """One family of faults.

    Attributes:
        family: The family.
        first: Of runs with one fault, of this family: cause first.
        named: Planted faults of this family, also beside another one, that were named.
        warnings: False alarms on healthy runs by checks of this family, at warning level.
        errors: Likewise at error level.
        misplaced: Runs of other faults on which a check of this family came first.
    """

    family: str
    first: Share
    named: Share
    warnings: int
    errors: int
    misplaced: int


def tally(answers: Sequence[Answer]) -> Tally:
    """Add answers up."""
    sick = [a.score for a in answers if a.case.expected.kind in {"fault", "faults"}]
    doubles = [a.score for a in answers if a.case.expected.kind == "faults"]
    hints = [a.score for a in answers if a.case.expected.kind == "note"]
    healthy = [a.score for a in answers if a.case.expected.kind == "healthy"]
    alarms = Counter(said.severity for score in healthy for said in score.alarms)
    return Tally(
        first=_share(score.first for score in sick),
        among_three=_share(score.among_three for score in sick),
        doubles_named=_share(named for score in doubles for named in score.named),
        doubles_whole=_share(all(score.named) for score in doubles),
        wrong_beside=sum(len(score.alarms) for score in sick),
        notes=_share(score.well for score in hints),
        healthy=_share(score.well for score in healthy),
        warnings=alarms["warning"],
        errors=alarms["error"],
        crashes=sum(bool(answer.record.crashes) for answer in answers),
        seconds=tuple(answer.record.seconds for answer in answers),
    )


def calibration(answers: Sequence[Answer], *, first_only: bool) -> list[Bin]:
    """Return how often causes above a note were right, by how sure they were said to be.

    Args:
        answers: The answers.
        first_only: Count only what came first, not what followed.
    """
    said = [
        (cause.confidence, cause.check in answer.case.expected.names and answer.case.expected.kind != "note")
        for answer in answers
        for cause in _loud(answer)[: 1 if first_only else None]
    ]
    return [_bin(low, high, said) for low, high in pairwise(EDGES)]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the mean distance between confidence and share of right ones, weighted by how often each bin was used."""
    total = sum(one.said for one in bins)
    distances = (abs(one.mean_confidence * one.said - one.right) for one in bins if one.said)
    return sum(distances) / total if total else math.nan


def families(answers: Sequence[Answer], family_of: Mapping[str, str]) -> list[FamilyRow]:
    """Return a row for each family that was planted or named wrongly.

    Args:
        answers: The answers.
        family_of: Check id → family.
    """
    rows = (_family(family, answers, family_of) for family in sorted(set(family_of.values())))
    return [row for row in rows if row.named.of or row.warnings or row.errors or row.misplaced]


def confusions(answers: Sequence[Answer]) -> list[tuple[str, str, int]]:
    """Return (planted, what came first instead, how often), most frequent first."""
    counts = Counter(
        (a.case.expected.label, a.score.top.check if a.score.top else a.record.verdict)
        for a in answers
        if a.case.expected.kind in {"fault", "faults"} and not a.score.first
    )
    return sorted(((*pair, count) for pair, count in counts.items()), key=lambda row: (-row[2], row))


def interval(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share by Wilson's score.

    Args:
        share: Observed share.
        n: Independent trials. Seeds of one experiment are not independent: count experiments.
    """
    if n == 0:
        return math.nan, math.nan
    z = 1.959964
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _family(family: str, answers: Sequence[Answer], family_of: Mapping[str, str]) -> FamilyRow:
    sick = [a for a in answers if a.case.expected.kind in {"fault", "faults"}]
    planted = [
        (answer, named)
        for answer in sick
        for fault, named in zip(answer.case.expected.faults, answer.score.named, strict=True)
        if family_of.get(fault[0]) == family
    ]
    healthy = [a for a in answers if a.case.expected.kind == "healthy"]
    alarms = Counter(s.severity for a in healthy for s in a.score.alarms if s.family == family)
    wrong_tops = (a.score.top for a in sick if not a.score.first)
    return FamilyRow(
        family=family,
        first=_share(a.score.first for a, _ in planted if a.case.expected.kind == "fault"),
        named=_share(named for _, named in planted),
        warnings=alarms["warning"],
        errors=alarms["error"],
        misplaced=sum(top is not None and top.family == family for top in wrong_tops),
    )


def _loud(answer: Answer) -> list[Said]:
    return [said for said in answer.record.causes if said.severity != "note"]


def _bin(low: float, high: float, said: Sequence[tuple[float, bool]]) -> Bin:
    inside = [
        (sure, right) for sure, right in said if low <= sure < high or (high == EDGES[-1] and sure == high)
    ]
    return Bin(
        low=low,
        high=high,
        said=len(inside),
        mean_confidence=sum(sure for sure, _ in inside) / len(inside) if inside else math.nan,
        right=sum(right for _, right in inside),
    )


def _share(truths: Iterable[bool]) -> Share:
    listed = list(truths)
    return Share(of=len(listed), count=sum(listed))
