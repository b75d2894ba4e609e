"""The documentation tells the truth: every example of the guides is held against the program."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import typer.main
import yaml

from cnndoctor.catalogue import all_checks
from cnndoctor.check import Check, run
from cnndoctor.cli import app
from cnndoctor.commands.settings import SETTINGS, settings_for
from cnndoctor.config import load, static_problems
from cnndoctor.stages import STAGES
from tests.healthy import healthy_evidence

ROOT = Path(__file__).parents[1]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
COMMANDS = typer.main.get_command(app)
# Words with a dash that are no checks.
OTHER_WORDS = {stage.name for stage in STAGES} | {"lr-find", "fail-on", "changed-since"} | set(SETTINGS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fenced example: its language, its text, and what its first line says it is."""

    language: str
    text: str
    role: str = ""
    name: str = ""


def blocks(guide: Path) -> list[Block]:
    """Return the examples of a guide, in order."""
    found = []
    for language, text in re.findall(
        r"^```(\w*)\n(.*?)^```$", guide.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    ):
        head = re.match(r"# (file|part of|workflow|check): (\S+)\n", text)
        found.append(
            Block(language=language, text=text, role=head[1] if head else "", name=head[2] if head else "")
        )
    return found


def commands(guide: Path) -> Iterator[tuple[list[str], int]]:
    """Return the words of each command of a guide, and the exit code that it promises."""
    for block in blocks(guide):
        for line in block.text.splitlines() if block.language == "sh" else ():
            code = re.search(r"# exit code (\d+)", line)
            yield shlex.split(line, comments=True), int(code[1]) if code else 0


def write_files(guide: Path, folder: Path) -> list[Path]:
    """Write the files that a guide shows, and return its experiments."""
    experiments = []
    for block in blocks(guide):
        if block.role == "file":
            path = folder / block.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
            experiments += [path] if block.language == "yaml" else []
    return experiments


def each(*languages: str) -> list[object]:
    """Return the examples in some languages as test parameters."""
    return [
        pytest.param(guide, block, id=f"{guide.stem}-{index}")
        for guide in GUIDES
        for index, block in enumerate(blocks(guide))
        if block.language in languages
    ]


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_experiments_are_valid(guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each experiment file reads without a complaint, and its targets are there."""
    monkeypatch.chdir(tmp_path)
    for path in write_files(guide, tmp_path):
        assert static_problems(load(path)) == ()


@pytest.mark.parametrize(("guide", "block"), each("yaml"))
def test_yaml_is_of_a_known_kind(guide: Path, block: Block, tmp_path: Path) -> None:
    """A part fits into its experiment; a workflow is YAML that uses what we ship, with inputs we have."""
    assert block.role in {"file", "part of", "workflow"}
    tree = yaml.safe_load(block.text)
    if block.role == "part of":
        whole = [other.text for other in blocks(guide) if (other.role, other.name) == ("file", block.name)]
        base = yaml.safe_load(whole[0] if whole else (ROOT / "configs/digits.yaml").read_text())
        path = tmp_path / "whole.yaml"
        path.write_text(
            yaml.safe_dump({key: value for key, value in base.items() if key not in tree}) + block.text
        )
        load(path)
    if block.role == "workflow":
        inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
        hooks = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
        steps = [step for job in tree.get("jobs", {}).values() for step in job["steps"]]
        assert all(
            set(step.get("with", {})) <= set(inputs) for step in steps if "cnndoctor@" in step.get("uses", "")
        )
        assert {hook["id"] for repo in tree.get("repos", ()) for hook in repo["hooks"]} <= hooks
        for line in tree.get("experiments", {}).get("script", ()):
            parse(shlex.split(line))


def parse(words: list[str]) -> None:
    """Hold a command against the command line, without running it."""
    if words[:1] != ["cnndoctor"]:
        assert words[:1] in ([], ["git"], ["pip"])
        return
    command = COMMANDS.commands[words[1]]  # type: ignore[attr-defined]
    command.make_context(words[1], words[2:])


@pytest.mark.parametrize(
    "guide", [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *GUIDES], ids=lambda guide: guide.stem
)
def test_commands_exist(guide: Path) -> None:
    """Each shown command has its sub-command, its options and values of the right type."""
    for words, _ in commands(guide):
        if words and words[0].startswith("scripts/"):
            assert (ROOT / words[0]).is_file()
        elif words and words[0] == "cnndoctor" and words[1] != "init":
            parse(words)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_links_lead_somewhere(guide: Path) -> None:
    """Each link to a file finds it."""
    links = re.findall(r"\]\(([^)#]+)\)", guide.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (guide.parent / link).exists()] == []


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_named_checks_exist(guide: Path) -> None:
    """What a guide names in code style with a dash is a check, a stage or a setting."""
    text = re.sub(r"^```.*?^```$", "", guide.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", text))
    assert named - {check.id for check in all_checks()} - OTHER_WORDS == set()


@pytest.mark.parametrize(("guide", "block"), each("python"))
def test_python_runs(guide: Path, block: Block, tmp_path: Path) -> None:
    """Code is written for a file; a check is one, silent on health, and finds what it says."""
    assert block.role in {"file", "check"}
    compile(block.text, block.name, "exec")
    if block.role != "check":
        return
    path = tmp_path / Path(block.name).name
    path.write_text(block.text)
    spec = importlib.util.spec_from_file_location(f"cnndoctor.checks.training.{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (check,) = (value for value in vars(module).values() if isinstance(value, Check))
    healthy = healthy_evidence()
    assert run(check, healthy, None).status == "passed"
    assert healthy.data is not None
    assert healthy.data.validation is not None
    few = replace(healthy.data, validation=replace(healthy.data.validation, size=7))
    assert run(check, replace(healthy, data=few), None).status == "found"


@pytest.mark.parametrize(("guide", "block"), each("toml"))
def test_settings_are_known(guide: Path, block: Block, tmp_path: Path) -> None:
    """The table of settings shows every setting there is."""
    (tmp_path / "pyproject.toml").write_text(block.text)
    assert settings_for(tmp_path)
    assert set(re.findall(r"^([a-z-]+) =", block.text, re.MULTILINE)) == set(SETTINGS)


def test_pages_are_built(tmp_path: Path) -> None:
    """Guides, a page for each check, an index and all keys; each link between them finds its page."""
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/docs.py", tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in (tmp_path / "checks").iterdir()} == {check.id for check in all_checks()} | {
        "README"
    }
    for page in (tmp_path / "checks").iterdir():
        links = re.findall(r"\]\(([\w-]+\.md)\)", page.read_text(encoding="utf-8"))
        assert [link for link in links if not (page.parent / link).exists()] == []
    assert "| `train.epochs` | whole number or null |" in (tmp_path / "keys.md").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    "guide", [guide for guide in GUIDES if list(commands(guide))], ids=lambda guide: guide.stem
)
def test_commands_do_what_they_promise(guide: Path, tmp_path: Path) -> None:
    """In a folder with the guide's files, each command ends with the exit code that the guide tells (0 unless it says)."""
    write_files(guide, tmp_path)
    cnndoctor = [sys.executable, "-P", "-m", "cnndoctor"]
    for words, promised in commands(guide):
        if words:
            command = [*cnndoctor, *words[1:]] if words[0] == "cnndoctor" else words
            environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
            done = subprocess.run(
                command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == promised, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
