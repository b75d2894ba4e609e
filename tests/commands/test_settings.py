"""What a repository says in [tool.cnndoctor] becomes the commands' defaults, and what is wrong there is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cnndoctor.cli import app
from cnndoctor.commands.settings import settings_for
from cnndoctor.errors import ConfigError


def write(folder: Path, table: str) -> None:
    """Write a pyproject.toml with other tables around ours."""
    folder.mkdir(parents=True, exist_ok=True)
    text = f'[tool.ruff]\nignore = ["E"]\n\n[tool.cnndoctor]\n{table}\n[tool.mypy]\nstrict = true\n'
    (folder / "pyproject.toml").write_text(text)


def test_defaults_go_to_the_commands_that_have_them(tmp_path: Path) -> None:
    """A key becomes the default of its parameter, in each command that has it."""
    write(tmp_path, 'fail-on = "warning"\nselect = ["data"]\nout = "results"\ncache = "on"')
    found = settings_for(tmp_path)
    assert found["diagnose"] == {"fail_on": "warning", "select": ["data"], "out": "results", "cache": "on"}
    assert found["recheck"] == {"fail_on": "warning", "select": ["data"]}
    assert found["lr-find"] == {"out": "results"}


def test_paths_count_from_the_file(tmp_path: Path) -> None:
    """From a folder below, the file is found and its paths mean what they mean beside it."""
    write(tmp_path, 'out = "results"\nbaseline = "known.json"')
    (tmp_path / "a/b").mkdir(parents=True)
    found = settings_for(tmp_path / "a/b")
    assert found["diagnose"] == {"out": str(tmp_path / "results"), "baseline": str(tmp_path / "known.json")}


def test_the_nearest_file_with_a_table_wins(tmp_path: Path) -> None:
    """A nearer pyproject.toml without our table hides nothing."""
    write(tmp_path, "jobs = 2")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner/pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert settings_for(tmp_path / "inner") == {"diagnose": {"jobs": 2}}


def test_all_mistakes_are_told_with_line_and_near_name(tmp_path: Path) -> None:
    """An unknown key names the near one; a wrong value says what is expected; the line is that of our table."""
    write(tmp_path, 'ignore = "data"\nfail_on = "error"\nprofile = "quick"\ncolour = 1')
    with pytest.raises(ConfigError) as caught:
        settings_for(tmp_path)
    lines = str(caught.value).splitlines()
    assert [line.partition("pyproject.toml:")[2].partition(":")[0] for line in lines] == ["5", "6", "7", "8"]
    assert "'ignore' must be a list of checks or families, not 'data'" in lines[0]
    assert "did you mean 'fail-on'?" in lines[1]
    assert "one of smoke, standard, thorough" in lines[2]
    assert "Known keys: select, ignore" in lines[3]


def test_nothing_said(tmp_path: Path) -> None:
    """Without a table there are no defaults."""
    (tmp_path / "pyproject.toml").write_text("[tool.cnndoctor]\n")
    assert settings_for(tmp_path) == {}


def test_the_command_line_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command starts from the table's values; an option given overrides it; --isolated leaves the table unread."""
    write(tmp_path, 'out = "results"')
    monkeypatch.chdir(tmp_path)

    def told(*words: str) -> str:
        return str(CliRunner().invoke(app, [*words]).exception)

    assert "results/history.jsonl" in told("history")
    assert "elsewhere/history.jsonl" in told("history", "--out", "elsewhere")
    assert "runs/history.jsonl" in told("--isolated", "history")
