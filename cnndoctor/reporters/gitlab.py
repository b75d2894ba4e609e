"""GitLab Code Quality: the causes as the JSON list that merge requests show."""

from __future__ import annotations

import json

from cnndoctor.finding import Severity
from cnndoctor.report import Cause, Report
from cnndoctor.reporters.context import Context
from cnndoctor.reporters.fingerprint import fingerprint
from cnndoctor.reporters.location import spot
from cnndoctor.reporters.printable import one_line

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(report: Report, _context: Context) -> str:
    """Write one entry a cause, best first.

    Args:
        report: The report.
        _context: Not needed: GitLab wants lines, not columns.

    Returns:
        A JSON list.
    """
    return json.dumps([_entry(cause, report) for cause in report.causes], indent=1, allow_nan=False) + "\n"


def _entry(cause: Cause, report: Report) -> dict[str, object]:
    place = spot(cause, report, "")
    return {
        "description": one_line(f"{cause.title}: {cause.message}"),
        "check_name": cause.check,
        "fingerprint": fingerprint(cause, report),
        "severity": _SEVERITIES[cause.severity],
        # GitLab drops an entry whose path begins with "./".
        "location": {
            "path": place.file.replace("\\", "/").removeprefix("./"),
            "lines": {"begin": max(place.line, 1)},
        },
    }
