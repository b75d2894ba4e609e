"""What each format owes to the program that reads it."""

import json
import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from cnndoctor.errors import RunNotReadable
from cnndoctor.finding import Outcome
from cnndoctor.report import Cause, Report
from cnndoctor.reporters import FORMATS, Context
from cnndoctor.reporters.json import read
from cnndoctor.reporters.markdown import escape


def schema() -> Any:
    """Return the published schema."""
    return json.loads((files("cnndoctor.reporters") / "report.schema.json").read_text())


def test_json_reads_back_equal(report: Report, context: Context) -> None:
    """report.json loses nothing; comparing its text again avoids that NaN is unlike itself."""
    text = FORMATS["json"](report, context)
    assert FORMATS["json"](read(text), context) == text


def test_json_fits_its_schema(report: Report, healthy: Report, context: Context) -> None:
    """The published schema accepts a full report and an empty one, and refuses another verdict."""
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    for each in (report, healthy):
        data = json.loads(FORMATS["json"](each, context))
        validator.validate(data)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(data | {"verdict": "fine"})


def test_schema_names_every_field() -> None:
    """A field added to the report is added to its schema."""
    assert set(schema()["properties"]) == {field.name for field in fields(Report)}
    assert set(schema()["$defs"]["Cause"]["properties"]) == {field.name for field in fields(Cause)}


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": "2.0"}', '{"schema_version": "1.0"}'])
def test_foreign_json_is_refused(text: str) -> None:
    """A damaged report, or one of another major version, is refused with a sentence."""
    with pytest.raises(RunNotReadable):
        read(text)


class _Page(HTMLParser):
    """Collects tags, ids and addresses of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href"}]


def test_html_is_self_contained_and_inert(report: Report, context: Context) -> None:
    """No script, no address but of its own parts, no doubled id; one main part, one first heading, a picture for each plot."""
    page = _Page()
    text = FORMATS["html"](report, context)
    page.feed(text)
    assert not {"script", "link", "iframe", "object", "form"} & set(page.tags)
    assert {
        address[:1] for address in page.addresses if not address.startswith("data:image/png;base64,")
    } == {"#"}
    assert {address[1:] for address in page.addresses if address.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert (page.tags.count("main"), page.tags.count("h1")) == (1, 1)
    assert "url(" not in text
    assert "&lt;b&gt;bands" in text


def test_html_names_what_a_picture_shows(report: Report, context: Context) -> None:
    """Every drawing that says something has a text for those who cannot see it, and a table of its numbers."""
    text = FORMATS["html"](report, context)
    assert text.count('role="img"') == len(report.plots) + len(report.matrices)
    assert text.count("<title id=") == text.count("<desc id=") == text.count('role="img"')
    assert text.count("<summary>In numbers</summary>") == len(report.plots) + len(report.matrices)
    assert 'alt="validation[3]"' in text
    assert "0% of 12,013 right; 12,000 of &lt;script&gt;" in text


def test_html_draws_a_figure_of_a_stranger_safely(report: Report, context: Context) -> None:
    """Whatever stands in a saved report in place of a picture, it does not leave its attribute."""
    bad = '"><script>alert(1)</script>'
    gallery = replace(
        report.galleries[0], pictures=(replace(report.galleries[0].pictures[0], png=bad, told=bad),)
    )
    page = _Page()
    page.feed(FORMATS["html"](replace(report, galleries=(gallery,)), context))
    assert "script" not in page.tags


def test_junit_counts_a_fault_once(report: Report, context: Context) -> None:
    """Causes above a note fail; symptoms, skips and ignores are skipped; crashes are errors."""
    root = ET.fromstring(FORMATS["junit"](report, context))
    checks, stages = root.findall("testsuite")
    counts = [checks.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["9", "2", "1", "4"]
    assert (stages.get("errors"), stages.get("skipped")) == ("1", "1")


def test_sarif_has_the_form(report: Report, context: Context) -> None:
    """Results point at rules, regions start at 1, levels and suppressions are words that SARIF knows."""
    log = json.loads(FORMATS["sarif"](report, context))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"error", "warning", "note"}
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] >= 1
        assert region.get("startColumn", 1) <= region.get("endColumn", 1)
    assert (
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "configs/a.yaml"
    )
    assert run["results"][-1]["suppressions"][0]["kind"] == "external"
    assert run["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("./a b.yaml", "a%20b.yaml"),
        ("/home/x/ü.yaml", "file:///home/x/%C3%BC.yaml"),
        ("C:\\runs\\a.yaml", "file:///C:/runs/a.yaml"),
        ("runs\\a.yaml", "runs/a.yaml"),
    ],
)
def test_sarif_paths_are_uris(path: str, uri: str, report: Report, context: Context) -> None:
    """Relative paths stay relative; absolute ones become file addresses."""
    moved = replace(report, config=replace(report.config, path=path), causes=report.causes[2:])
    log = json.loads(FORMATS["sarif"](moved, context))
    location = log["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_github_obeys_no_user(report: Report, context: Context) -> None:
    """One command a cause, five at most; a user's line break or command stays inside its annotation."""
    many = replace(report, causes=report.causes * 3)
    lines = FORMATS["github"](many, context).splitlines()
    assert len(lines) == 6
    assert [line.split(" ")[0] for line in lines[:3]] == ["::error", "::warning", "::notice"]
    properties = lines[1].removeprefix("::warning ").split("::")[0]
    assert len(properties.split(",")) == 4
    assert "%250A" in lines[1]
    assert lines[-1].startswith("cnndoctor: configs/a.yaml: unhealthy")
    assert "4 more" in lines[-1]


def test_gitlab_identities_survive_new_numbers(report: Report, context: Context) -> None:
    """The same fault with other numbers keeps its fingerprint; different faults have different ones."""

    def prints(each: Report) -> list[str]:
        return [entry["fingerprint"] for entry in json.loads(FORMATS["gitlab"](each, context))]

    other = replace(report, causes=tuple(replace(cause, message="other numbers") for cause in report.causes))
    assert prints(report) == prints(other)
    assert len(set(prints(report))) == 3


def test_concise_is_one_line_a_finding(report: Report, context: Context) -> None:
    """Every line but the last reads ``file:line: severity[check] message``."""
    lines = FORMATS["concise"](report, context).splitlines()
    assert len(lines) == 4
    assert re.match(r"configs/a\.yaml:6:41: error\[learning-rate-too-high\] The", lines[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b", "a\\|b"),
        ("<b> & @team", "&lt;b&gt; &amp; &#64;team"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("0.03", "0.03"),
        ("-3.5", "-3.5"),
        ("# head\n# line", "\\# head \\# line"),
    ],
)
def test_markdown_escapes(text: str, expected: str) -> None:
    """Markup becomes text, and plain numbers stay plain."""
    assert escape(text) == expected


def test_markdown_tables_keep_their_columns(report: Report, context: Context) -> None:
    """Whatever the user wrote, each row of a table has as many cells as its head."""
    width = 0
    for line in FORMATS["markdown"](report, context).splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("| ") else 0
        assert not cells or not width or cells == width
        width = cells


def test_html_tells_each_reason_once(report: Report, context: Context) -> None:
    """Checks that were skipped for the same reason share a row; crashes stand above them."""
    more = tuple(
        Outcome(check=name, status="skipped", reason="the train stage was skipped")
        for name in ("loss-flat", "dead-relu", "underfitting")
    )
    page = FORMATS["html"](replace(report, outcomes=report.outcomes + more), context)
    assert page.count("the train stage was skipped") == 1
    assert "<summary>4 checks</summary>" in page
    assert page.index('<td class="crashed">crashed</td><td>ValueError') < page.index(
        '<td class="skipped">skipped</td><td>'
    )


def test_markdown_groups_what_did_not_judge(report: Report, context: Context) -> None:
    """Checks skipped for one reason share one row, with their number; another reason has a row of its own."""
    skipped = tuple(
        Outcome(check=f"check-{index}", status="skipped", reason="the train stage was skipped")
        for index in range(30)
    )
    other = Outcome(check="alone", status="skipped", reason="nothing to judge")
    text = FORMATS["markdown"](replace(report, outcomes=(*skipped, other)), context)
    rows = [line for line in text.splitlines() if line.startswith("| skipped |")]
    assert [row.split(" | ")[1] for row in rows] == ["the train stage was skipped", "nothing to judge"]
    assert "30: `check-0`, `check-1`" in rows[0]
    assert rows[1].endswith("| `alone` |")
