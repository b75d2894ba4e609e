"""SARIF 2.1.0: causes as results, check pages as rules, the user's ignores as suppressions."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import quote

from cnndoctor.finding import Outcome, Place, Severity
from cnndoctor.report import Cause, Report
from cnndoctor.reporters.context import Context
from cnndoctor.reporters.fingerprint import fingerprint
from cnndoctor.reporters.location import Spot, place_label, spot
from cnndoctor.reporters.printable import one_line, printable

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}

# How seldom a check of this grade is wrong: A proves by construction, B is confirmed statistics, C a hint.
_PRECISIONS = {"A": "very-high", "B": "high", "C": "low"}
_LONGEST = 1024

_Object = dict[str, object]


def render(report: Report, context: Context) -> str:
    """Write one run with a result for each cause and each ignored finding.

    Args:
        report: The report.
        context: Brings the pages of the rules and the experiment file, from which columns are found.

    Returns:
        JSON text of a SARIF log.
    """
    ignored = [outcome for outcome in report.outcomes if outcome.status == "ignored" and outcome.finding]
    rules = list(
        dict.fromkeys([*(cause.check for cause in report.causes), *(item.check for item in ignored)])
    )
    titles = {cause.check: cause.title for cause in report.causes}
    driver: _Object = {
        "name": report.tool.name,
        **({"version": report.tool.version} if report.tool.version else {}),
        "rules": [_rule(check, titles.get(check, ""), context) for check in rules],
    }
    results = [_result(cause, rules.index(cause.check), report, context) for cause in report.causes]
    results += [_suppressed(outcome, rules.index(outcome.check), report) for outcome in ignored]
    run: _Object = {
        "tool": {"driver": driver},
        # Up to the last slash it is the category: uploads of several experiments do not replace each other.
        "automationDetails": {"id": f"cnndoctor/{_uri(report.config.path).lstrip('/')}/"},
        "invocations": [_invocation(report)],
        # Columns count characters as Python does, not UTF-16 units.
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log: _Object = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, allow_nan=False) + "\n"


def _rule(check: str, title: str, context: Context) -> _Object:
    page = printable(context.pages.get(check, "")).strip()
    first = one_line(page.split("\n\n", maxsplit=1)[0]) or one_line(title) or check
    rule: _Object = {"id": check, "shortDescription": {"text": first}}
    if page:
        rule["fullDescription"] = {"text": _shortened(page)}
        rule["help"] = {"text": page}
    severity = context.severities.get(check)
    if severity:
        rule["defaultConfiguration"] = {"level": _LEVELS[Severity(severity)]}
    grade = context.grades.get(check)
    if grade:
        problem = "recommendation" if severity == Severity.NOTE else severity or "warning"
        rule["properties"] = {
            "precision": _PRECISIONS[grade],
            "problem.severity": problem,
            "tags": ["cnndoctor", "training"],
        }
    return rule


def _shortened(page: str) -> str:
    """Return the page's beginning: code scanning refuses a description of more than 1,024 characters."""
    return page if len(page) <= _LONGEST else page[: _LONGEST - 1].rstrip() + "…"


def _result(cause: Cause, rule: int, report: Report, context: Context) -> _Object:
    advice = [remedy.text for remedy in cause.remedies[:1]]
    symptoms = [f"Explains {symptom.check}: {symptom.message}" for symptom in cause.symptoms]
    return {
        "ruleId": cause.check,
        "ruleIndex": rule,
        "level": _LEVELS[cause.severity],
        "message": {"text": printable("\n".join([cause.message, *advice, *symptoms]))},
        "locations": [_location(spot(cause, report, context.config_text), cause.places)],
        "partialFingerprints": {"cause/v1": fingerprint(cause, report)},
        "rank": round(100 * cause.confidence, 1),
        "properties": {"family": cause.family, "grade": cause.grade.value, "confidence": cause.confidence},
    }


def _suppressed(outcome: Outcome, rule: int, report: Report) -> _Object:
    assert outcome.finding is not None
    return {
        "ruleId": outcome.check,
        "ruleIndex": rule,
        "level": _LEVELS[outcome.finding.severity or Severity.WARNING],
        "message": {"text": printable(outcome.finding.message)},
        "locations": [_location(Spot(file=report.config.path), outcome.finding.places)],
        "suppressions": [{"kind": "external", "justification": one_line(outcome.reason)}],
    }


def _location(point: Spot, places: tuple[Place, ...]) -> _Object:
    region: _Object = {"startLine": max(point.line, 1)}
    if point.column:
        region |= {
            "startColumn": point.column,
            "endLine": max(point.line, 1),
            "endColumn": point.column + point.length,
        }
    location: _Object = {
        "physicalLocation": {"artifactLocation": {"uri": _uri(point.file)}, "region": region},
    }
    if places:
        location["logicalLocations"] = [
            {"name": one_line(place.name), "kind": place.kind, "fullyQualifiedName": place_label(place)}
            for place in dict.fromkeys(places)  # each once, or the log is not valid
        ]
    return location


def _uri(path: str) -> str:
    """Relative paths stay relative, so that code scanning finds them in the repository."""
    if re.match(r"[A-Za-z]:[\\/]", path):
        return PureWindowsPath(path).as_uri()
    if path.startswith("/"):
        return "file://" + quote(str(PurePosixPath(path)), errors="backslashreplace")
    return quote(path.replace("\\", "/").removeprefix("./"), errors="backslashreplace")


def _invocation(report: Report) -> _Object:
    crashed = [outcome for outcome in report.outcomes if outcome.status == "crashed"]
    broken = [stage for stage in report.stages if stage.status == "crashed"]
    notes = [
        {"level": "error", "message": {"text": one_line(f"check {outcome.check}: {outcome.reason}")}}
        for outcome in crashed
    ]
    notes += [
        {"level": "error", "message": {"text": one_line(f"stage {stage.name}: {stage.note}")}}
        for stage in broken
    ]
    return {"executionSuccessful": not notes, "toolExecutionNotifications": notes}
