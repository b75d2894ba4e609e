"""The GitHub action hands its inputs on as they are, and tells what came of it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.test_docs import parse

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
BASH = shutil.which("bash")

pytestmark = pytest.mark.skipif(BASH is None, reason="needs bash")

# Stands for cnndoctor: writes down its arguments and a page, and ends as if something was found.
STAND_IN = """#!/usr/bin/env bash
for word in "$@"; do printf '%q ' "$word"; done >"$RUNNER_TEMP/words"
echo "# page" >"$RUNNER_TEMP/cnndoctor/report.md"
exit 1
"""


def run_step(folder: Path, **inputs: str) -> tuple[int, list[str]]:
    """Run the step that diagnoses, as a runner would, and return its exit code and the words of the command."""
    (folder / "bin").mkdir()
    program = folder / "bin/cnndoctor"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    step = ACTION["runs"]["steps"][-1]
    given = {name: str(inputs.get(name, value["default"])) for name, value in ACTION["inputs"].items()}
    environment = {
        name: given[value.split("inputs.")[1].split(" ")[0]] for name, value in step["env"].items()
    }
    environment |= {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "RUNNER_TEMP": str(folder),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
    }
    # GitHub calls bash with these two.
    done = subprocess.run(
        [BASH or "", "-e", "-o", "pipefail", "-c", step["run"]], env=environment, check=False
    )
    return done.returncode, shlex.split((folder / "words").read_text())


def test_defaults_make_a_valid_command(tmp_path: Path) -> None:
    """The command parses; exit code, folder and summary are told though something was found."""
    code, words = run_step(tmp_path)
    assert code == 1
    assert words[:2] == ["diagnose", "configs"]
    parse(["cnndoctor", *words])
    assert (tmp_path / "output").read_text() == f"exit-code=1\nfolder={tmp_path}/cnndoctor\n"
    assert (tmp_path / "summary").read_text() == "# page\n"


def test_inputs_are_words_and_no_commands(tmp_path: Path) -> None:
    """Several configs are several words; what looks like a command stays a word."""
    given = {"changed-since": "origin/main; touch hacked", "baseline": "a b.json"}
    code, words = run_step(tmp_path, configs="a.yaml b.yaml", args="--skip train", **given)
    assert code == 1
    assert words[:5] == ["diagnose", "a.yaml", "b.yaml", "--skip", "train"]
    assert words[words.index("--changed-since") + 1] == "origin/main; touch hacked"
    assert words[words.index("--baseline") + 1] == "a b.json"


def test_every_input_and_output_is_explained() -> None:
    """Who uses the action reads what each input and output is; every step names its shell."""
    assert all(
        entry["description"].endswith(".")
        for entry in [*ACTION["inputs"].values(), *ACTION["outputs"].values()]
    )
    assert all(step["shell"] == "bash" for step in ACTION["runs"]["steps"])
