"""Checks that did not judge, gathered by why: thirty that miss one stage are one line, not thirty."""

from __future__ import annotations

from collections.abc import Iterable

from cnndoctor.finding import Outcome

NO_JUDGEMENT = ("crashed", "ignored", "skipped")


def by_reason(outcomes: Iterable[Outcome]) -> list[tuple[str, str, list[str]]]:
    """Return status, reason and checks of what did not judge; crashes first, then the reason that most share.

    Args:
        outcomes: What became of every check.
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.status in NO_JUDGEMENT:
            alike.setdefault((outcome.status, outcome.reason), []).append(outcome.check)
    rows = [(status, reason, names) for (status, reason), names in alike.items()]
    return sorted(rows, key=lambda row: (NO_JUDGEMENT.index(row[0]), -len(row[2])))
