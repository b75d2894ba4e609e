"""Every format of the sample report stands as a file under tests/golden; UPDATE_GOLDEN=1 rewrites them."""

import os
from pathlib import Path

import pytest

from cnndoctor.report import Report
from cnndoctor.reporters import FORMATS, Context

SUFFIXES = {
    "text": "txt",
    "concise": "concise.txt",
    "markdown": "md",
    "github": "github.txt",
    "junit": "xml",
    "gitlab": "gitlab.json",
}


@pytest.mark.parametrize("name", list(FORMATS))
def test_format_is_as_it_was(name: str, report: Report, context: Context, golden: Path) -> None:
    """A rendering changes only when a person has read the difference."""
    path = golden / f"report.{SUFFIXES.get(name, name)}"
    text = FORMATS[name](report, context)
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(FORMATS))
def test_format_holds_no_control_character(name: str, report: Report, context: Context) -> None:
    """Nothing that a terminal or an XML reader would obey comes through from the user's text."""
    text = FORMATS[name](report, context)
    assert not {"\x1b", "\x00", "\u202e"} & set(text)
    assert text.endswith("\n")
    assert "no \\x1b" in text or "no \\\\x1b" in text or "u001b" in text


@pytest.mark.parametrize("name", list(FORMATS))
def test_healthy_report_renders(name: str, healthy: Report) -> None:
    """A report with nothing in it but the verdict renders in every format."""
    assert FORMATS[name](healthy, Context())
