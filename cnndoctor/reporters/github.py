"""GitHub Actions workflow commands: the foremost causes as annotations in the changed files."""

from __future__ import annotations

from cnndoctor.finding import Severity
from cnndoctor.report import Cause, Report
from cnndoctor.reporters.context import Context
from cnndoctor.reporters.location import spot
from cnndoctor.reporters.printable import one_line, printable

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
# GitHub shows ten annotations of a kind per step; what a person reads is fewer.
_MOST = 5


def render(report: Report, context: Context) -> str:
    """Write the five foremost causes as annotations, then the verdict as a plain log line.

    Args:
        report: The report.
        context: Brings the experiment file, from which columns are found.

    Returns:
        One workflow command a line.
    """
    lines = [_annotation(cause, report, context) for cause in report.causes[:_MOST]]
    more = len(report.causes) - _MOST
    rest = f" ({more} more in the report)" if more > 0 else ""
    # Never a line that starts with the user's text: the runner would obey a "::command" in it.
    lines.append(
        f"cnndoctor: {one_line(report.config.path)}: {report.verdict}: {one_line(report.summary)}{rest}"
    )
    return "\n".join(lines) + "\n"


def _annotation(cause: Cause, report: Report, context: Context) -> str:
    place = spot(cause, report, context.config_text)
    properties = {"file": printable(place.file)}
    if place.line:
        properties["line"] = str(place.line)
    if place.column:
        properties["col"] = str(place.column)
    properties["title"] = f"{cause.check}: {one_line(cause.title)}"
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[cause.severity]} {told}::{_data(_message(cause))}"


def _message(cause: Cause) -> str:
    advice = f"\n{cause.remedies[0].text}" if cause.remedies else ""
    return printable(cause.message + advice)


def _data(text: str) -> str:
    # The percent sign first, or the others' codes would be escaped again.
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
