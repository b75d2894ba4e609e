"""Several reports are one valid document in each format of which a program reads exactly one."""

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from cnndoctor.report import Report
from cnndoctor.reporters import FORMATS, Context
from cnndoctor.reporters.several import MERGED


@pytest.fixture
def rendered(report: Report, healthy: Report, context: Context) -> dict[str, list[tuple[Report, str]]]:
    """Two unhealthy experiments and a healthy one, in every format."""
    other = replace(
        report, config=replace(report.config, name="other", path="configs/b.yaml"), causes=report.causes[1:]
    )
    return {
        name: [(each, FORMATS[name](each, context)) for each in (report, other, healthy)] for name in MERGED
    }


def test_json_lists_the_reports(rendered: dict[str, list[tuple[Report, str]]]) -> None:
    """Each report in the list is what it would be alone."""
    merged = json.loads(MERGED["json"](rendered["json"]))
    assert merged["schema_version"] == "1.0"
    assert merged["reports"] == [json.loads(text) for _, text in rendered["json"]]


def test_junit_holds_all_suites(rendered: dict[str, list[tuple[Report, str]]]) -> None:
    """The document is well formed, and its suites tell the experiments apart."""
    root = ET.fromstring(MERGED["junit"](rendered["junit"]))
    names = [suite.get("name") for suite in root.findall("testsuite")]
    assert names[:4] == [
        "cnndoctor checks: digits-cnn",
        "cnndoctor stages: digits-cnn",
        "cnndoctor checks: other",
        "cnndoctor stages: other",
    ]


def test_sarif_is_one_run(rendered: dict[str, list[tuple[Report, str]]]) -> None:
    """Rules appear once, and each result still points at its own."""
    (run,) = json.loads(MERGED["sarif"](rendered["sarif"]))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules))
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [
        result["ruleId"] for result in run["results"]
    ]
    assert len(run["results"]) == 7
    assert len(run["invocations"]) == 3


def test_gitlab_is_one_list(rendered: dict[str, list[tuple[Report, str]]]) -> None:
    """All entries in one list, each with an identity of its own."""
    entries = json.loads(MERGED["gitlab"](rendered["gitlab"]))
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 5


def test_markdown_begins_with_a_table(rendered: dict[str, list[tuple[Report, str]]]) -> None:
    """The page opens with a line an experiment."""
    lines = MERGED["markdown"](rendered["markdown"]).splitlines()
    assert lines[2] == "| configs/a.yaml | unhealthy | error `learning-rate-too-high` |"
    assert lines[4] == "| configs/a.yaml | healthy | – |"


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab", "junit"])
def test_no_experiment_is_a_document_too(name: str) -> None:
    """Where no experiment was touched by a change, the document is empty and valid."""
    text = MERGED[name]([])
    assert ET.fromstring(text).tag == "testsuites" if name == "junit" else json.loads(text) is not None
