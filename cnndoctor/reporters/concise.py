"""One line a finding, ``file:line: error[check] message``, for editors, grep and small screens."""

from __future__ import annotations

from cnndoctor.report import Report
from cnndoctor.reporters.context import Context
from cnndoctor.reporters.location import spot
from cnndoctor.reporters.printable import one_line


def render(report: Report, context: Context) -> str:
    """Write the causes, best first, then the verdict.

    Args:
        report: The report.
        context: Brings the experiment file, from which columns are found.

    Returns:
        One line a cause and a last line with the verdict.
    """
    lines = [
        f"{spot(cause, report, context.config_text)}: {cause.severity}[{cause.check}] {one_line(cause.message)}"
        for cause in report.causes
    ]
    lines.append(f"{one_line(report.config.path)}: {report.verdict}: {one_line(report.summary)}")
    return "\n".join(lines) + "\n"
