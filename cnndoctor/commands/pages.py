"""The page of a check as text and as data: what ``explain`` and ``checks`` print."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from cnndoctor.check import Check


def page_data(check: Check) -> dict[str, object]:
    """Return one check as plain data, for other programs."""
    return {
        "id": check.id,
        "family": check.family,
        "severity": check.severity.value,
        "grade": check.grade.value,
        "role": check.role,
        "title": check.title,
        "explains": list(check.explains),
        "thresholds": dict(check.thresholds),
        "page": check.page,
    }


def page_text(check: Check) -> str:
    """Return the page of one check for a terminal."""
    head = f"{check.id} ({check.family.replace('_', ' ')}; {check.severity.value}, grade {check.grade.value})"
    lines = [head, "=" * len(head), "", check.page, ""]
    if check.thresholds:
        lines.append("Thresholds (set them under `thresholds:` in the config):")
        lines += [f"    {name}: {value}" for name, value in check.thresholds.items()]
        lines.append("")
    if check.explains:
        lines.append(f"Explains: {', '.join(check.explains)}")
    return "\n".join(lines).rstrip()


def list_text(checks: Sequence[Check]) -> str:
    """Return the catalogue, a line a check, by family."""
    lines = []
    for family, members in groupby(checks, key=lambda check: check.family):
        lines.append(family.replace("_", " "))
        lines += [
            f"  {check.id:34} {check.grade.value} {check.severity.value:8} {check.title}" for check in members
        ]
        lines.append("")
    lines.append(f"{len(checks)} checks. 'cnndoctor explain CHECK' prints a page.")
    return "\n".join(lines)
