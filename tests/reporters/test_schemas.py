"""Machine formats hold to the schemas of those who read them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from cnndoctor.catalogue import all_checks
from cnndoctor.finding import Severity
from cnndoctor.report import Cause, Report
from cnndoctor.reporters import FORMATS, Context
from cnndoctor.reporters.several import MERGED
from cnndoctor.reporting.rendering import render

# As OASIS publishes it; its notice stands beside it.
OASIS = Path(__file__).parent / "sarif-2.1.0-rtm.5.json"


def logs(report: Report, healthy: Report, context: Context) -> list[dict[str, Any]]:
    """Return logs of every kind we write: full, healthy, from the whole catalogue, merged, and of no experiment."""
    every = replace(report, causes=tuple(_cause(check.id) for check in all_checks()))
    texts = [FORMATS["sarif"](each, context) for each in (report, healthy)]
    texts += [
        render(every, "sarif", ""),
        MERGED["sarif"]([(report, texts[0]), (healthy, texts[1])]),
        MERGED["sarif"]([]),
    ]
    return [json.loads(text) for text in texts]


def _cause(check: str) -> Cause:
    found = next(each for each in all_checks() if each.id == check)
    return Cause(check=check, family=found.family, severity=Severity(found.severity), confidence=0.5, grade=found.grade,
                 title=found.title, message="One number is 2; the limit is 1.")  # fmt: skip


def test_sarif_uses_what_sarif_has(report: Report, healthy: Report, context: Context) -> None:
    """Every log fits our extract of SARIF 2.1.0, in which no property is free."""
    schema = json.loads((Path(__file__).parent / "sarif.schema.json").read_text())
    for log in logs(report, healthy, context):
        jsonschema.validate(log, schema)


def test_sarif_fits_the_published_schema(report: Report, healthy: Report, context: Context) -> None:
    """Every log fits the schema that OASIS publishes."""
    schema = json.loads(OASIS.read_text(encoding="utf-8"))
    for log in logs(report, healthy, context):
        jsonschema.validate(log, schema)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda result: result.update(level="info"),
        lambda result: result.update(rank=200),
        lambda result: result.update(colour="red"),
        lambda result: result.pop("message"),
    ],
)
def test_extract_refuses(spoil: Callable[[dict[str, Any]], object], report: Report, context: Context) -> None:
    """The extract would see a wrong level, a rank out of range, an invented property and a missing message."""
    schema = json.loads((Path(__file__).parent / "sarif.schema.json").read_text())
    log = json.loads(FORMATS["sarif"](report, context))
    spoil(log["runs"][0]["results"][0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(log, schema)


def test_rules_tell_their_precision(report: Report) -> None:
    """Rules of the catalogue say how sure their kind of check is, and how bad a finding is by default."""
    every = replace(report, causes=(_cause("softmax-before-cross-entropy"),), outcomes=())
    (rule,) = json.loads(render(every, "sarif", ""))["runs"][0]["tool"]["driver"]["rules"]
    assert rule["properties"]["precision"] == "very-high"
    assert rule["defaultConfiguration"] == {"level": "error"}


@pytest.mark.parametrize("merged", [False, True])
def test_junit_has_the_form(merged: bool, report: Report, healthy: Report, context: Context) -> None:
    """Suites count their own cases, every case has class, name and time, and holds at most one verdict."""
    texts = [(each, FORMATS["junit"](each, context)) for each in (report, healthy)]
    root = ET.fromstring(MERGED["junit"](texts) if merged else texts[0][1])
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert set(suite.attrib) == {"name", "tests", "failures", "errors", "skipped"}
        assert int(suite.attrib["tests"]) == len(suite)
        for kind, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.attrib[count]) == len(suite.findall(f"testcase/{kind}"))
        for case in suite:
            assert {"classname", "name", "time"} == set(case.attrib)
            assert {child.tag for child in case} <= {"failure", "error", "skipped", "system-out"}
            assert len(case) <= 1


def test_gitlab_has_the_form(report: Report, context: Context) -> None:
    """Each entry has what GitLab requires, a severity it knows, a relative path and a line from 1."""
    for entry in json.loads(FORMATS["gitlab"](report, context)):
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not entry["location"]["path"].startswith(("./", "/"))
        assert entry["location"]["lines"]["begin"] >= 1


def test_markdown_fits_a_step_summary(report: Report, context: Context) -> None:
    """However much there is to say, the page stays under 256 KiB and says that it was cut."""
    long = replace(report, causes=report.causes * 400)
    text = FORMATS["markdown"](long, context)
    assert len(text.encode()) < 256 * 1024
    assert "Cut here: the whole page would be" in text.splitlines()[-1]
