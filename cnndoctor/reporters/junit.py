"""JUnit XML: every check and every stage a test case, for CI systems that count tests."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from cnndoctor.finding import Outcome, Severity
from cnndoctor.report import Cause, Report, StageResult
from cnndoctor.reporters.context import Context
from cnndoctor.reporters.location import spot
from cnndoctor.reporters.printable import printable


def render(report: Report, _context: Context) -> str:
    """Write one suite of checks and one of stages.

    A cause above a note is a failure; its symptoms are skipped, with its name, so that one fault counts once.

    Args:
        report: The report.
        _context: Not needed.

    Returns:
        An XML document.
    """
    causes = {cause.check: cause for cause in report.causes}
    explained = {symptom.check: cause.check for cause in report.causes for symptom in cause.symptoms}
    checks = [
        _case(outcome.check, _verdict(outcome, causes, explained, report)) for outcome in report.outcomes
    ]
    stages = [_case(stage.name, _stage(stage), stage.seconds) for stage in report.stages]
    name = _attribute(report.config.name)
    suites = [
        _suite(f"cnndoctor checks: {report.config.name}", checks),
        _suite(f"cnndoctor stages: {report.config.name}", stages),
    ]
    body = "\n".join(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={_attribute(name)}>\n{body}\n</testsuites>\n'


def _suite(name: str, cases: list[str]) -> str:
    counts = {kind: sum(f"<{kind}" in case for case in cases) for kind in ("failure", "error", "skipped")}
    head = (
        f'<testsuite name={_attribute(name)} tests="{len(cases)}" failures="{counts["failure"]}" '
        f'errors="{counts["error"]}" skipped="{counts["skipped"]}">'
    )
    return "\n".join([head, *cases, "</testsuite>"])


def _case(name: str, inside: str, seconds: float = 0.0) -> str:
    head = f'<testcase classname="cnndoctor" name={_attribute(name)} time="{max(seconds, 0.0):.3f}"'
    return f"{head}>{inside}</testcase>" if inside else f"{head}/>"


def _verdict(outcome: Outcome, causes: dict[str, Cause], explained: dict[str, str], report: Report) -> str:
    if outcome.status == "found":
        cause = causes.get(outcome.check)
        if cause is None:
            return _element("skipped", f"symptom of {explained.get(outcome.check, 'another finding')}")
        return _failure(cause, report)
    if outcome.status == "crashed":
        return _element("error", outcome.reason)
    if outcome.status in {"skipped", "ignored"}:
        return _element("skipped", f"{outcome.status}: {outcome.reason}")
    return ""


def _failure(cause: Cause, report: Report) -> str:
    told = [f"{spot(cause, report, '')}: {cause.severity}[{cause.check}]", cause.message]
    told += [remedy.text for remedy in cause.remedies]
    text = "\n".join(told)
    if cause.severity is Severity.NOTE:
        return f"<system-out>{_text(text)}</system-out>"
    return _element("failure", cause.title, text, kind=cause.severity)


def _stage(stage: StageResult) -> str:
    if stage.status == "crashed":
        return _element("error", stage.note)
    return _element("skipped", stage.note) if stage.status == "skipped" else ""


def _element(tag: str, message: str, text: str = "", kind: str = "") -> str:
    kind_attribute = f" type={_attribute(kind)}" if kind else ""
    return f"<{tag} message={_attribute(message)}{kind_attribute}>{_text(text)}</{tag}>"


def _attribute(text: str) -> str:
    return quoteattr(printable(text), {"\n": "&#10;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(printable(text))
