"""The reports of several experiments as one document, for formats of which a program expects exactly one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from cnndoctor.report import SCHEMA_VERSION, Report
from cnndoctor.reporters.markdown import capped, escape
from cnndoctor.reporters.sarif import SCHEMA

Rendered = tuple[Report, str]  # a report, and its rendering in the format at hand
_Object = dict[str, object]


def _json(rendered: Sequence[Rendered]) -> str:
    """One object that lists the reports; each of them is what it would be alone."""
    merged = {"schema_version": SCHEMA_VERSION, "reports": [json.loads(text) for _, text in rendered]}
    return json.dumps(merged, indent=1, allow_nan=False) + "\n"


def _gitlab(rendered: Sequence[Rendered]) -> str:
    entries: list[object] = [entry for _, text in rendered for entry in json.loads(text)]
    return json.dumps(entries, indent=1, allow_nan=False) + "\n"


def _junit(rendered: Sequence[Rendered]) -> str:
    bodies = [
        re.sub(r"\A<\?xml.*?\?>\s*<testsuites[^>]*>|</testsuites>\s*\Z", "", text).strip()
        for _, text in rendered
    ]
    suites = "".join(f"{body}\n" for body in bodies)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="cnndoctor">\n{suites}</testsuites>\n'


def _sarif(rendered: Sequence[Rendered]) -> str:
    """One run: code scanning refuses several of the same tool and category."""
    logs: list[_Object] = [json.loads(text) for _, text in rendered]
    runs = [run for log in logs for run in _objects(log["runs"])]
    rules: dict[str, _Object] = {}
    results: list[_Object] = []
    invocations: list[_Object] = []
    for run in runs:
        for rule in _objects(_object(_object(run["tool"])["driver"])["rules"]):
            rules.setdefault(str(rule["id"]), rule)
        order = list(rules)
        results += [
            result | {"ruleIndex": order.index(str(result["ruleId"]))} for result in _objects(run["results"])
        ]
        invocations += _objects(run["invocations"])
    if not runs:
        empty: _Object = {"tool": {"driver": {"name": "cnndoctor", "rules": []}}, "results": []}
        return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [empty]}, indent=1) + "\n"
    driver = _object(_object(runs[0]["tool"])["driver"]) | {"rules": list(rules.values())}
    run = runs[0] | {
        "tool": {"driver": driver},
        "automationDetails": {"id": "cnndoctor/"},
        "invocations": invocations,
        "results": results,
    }
    return json.dumps(logs[0] | {"runs": [run]}, indent=1, allow_nan=False) + "\n"


def _markdown(rendered: Sequence[Rendered]) -> str:
    head = ["| Experiment | Verdict | Foremost cause |", "|---|---|---|"]
    rows = [
        f"| {escape(report.config.path)} | {report.verdict} | {_foremost(report)} |" for report, _ in rendered
    ]
    return capped("\n\n".join(["\n".join([*head, *rows]), *(text.strip() for _, text in rendered)]) + "\n")


def _foremost(report: Report) -> str:
    if not report.causes:
        return "–"
    cause = report.causes[0]
    return f"{cause.severity} `{cause.check}`"


def _lines(rendered: Sequence[Rendered]) -> str:
    return "".join(text for _, text in rendered)


def _objects(value: object) -> list[_Object]:
    return [_object(item) for item in value] if isinstance(value, list) else []


def _object(value: object) -> _Object:
    return dict(value) if isinstance(value, dict) else {}


# A page (html) belongs to one experiment; there is no merged form of it.
MERGED: Mapping[str, Callable[[Sequence[Rendered]], str]] = MappingProxyType(
    {
        "text": lambda rendered: "\n".join(text for _, text in rendered),
        "concise": _lines,
        "json": _json,
        "markdown": _markdown,
        "sarif": _sarif,
        "junit": _junit,
        "github": _lines,
        "gitlab": _gitlab,
    }
)
