"""Two ways to answer that need no diagnosis, computed from the same examinations: what cnndoctor has to be better than."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from scoreboard.cases import Case
from scoreboard.records import Record, Said

RANK = {"error": 0, "warning": 1, "note": 2}


def most_frequent_fault(cases: Iterable[Case]) -> str:
    """Return the name planted most often in the tuning part; of equally frequent ones the first in the alphabet.

    Args:
        cases: Experiments of any part; only those of the tuning part count.
    """
    counts = Counter(
        name
        for case in cases
        if case.part == "tuning" and case.expected.kind in {"fault", "faults"}
        for name in case.expected.names
    )
    return min(counts, key=lambda name: (-counts[name], name), default="")


def always(name: str) -> tuple[Said, ...]:
    """Return the answer of someone who says the same of every run."""
    return (Said(check=name, family="", severity="error", confidence=1.0),) if name else ()


def listed(record: Record) -> tuple[Said, ...]:
    """Return every finding by itself, severe before mild, sure before unsure: no symptom is folded under its cause."""
    return tuple(sorted(record.found, key=lambda said: (RANK[said.severity], -said.confidence, said.check)))


def verdict_of(causes: Sequence[Said], record: Record) -> str:
    """Return the verdict that goes with an answer; an examination that did not come through has none."""
    if record.verdict not in {"healthy", "unhealthy"}:
        return record.verdict
    return "unhealthy" if any(said.severity != "note" for said in causes) else "healthy"
