"""What the files around the code promise: commands that start, versions that hold, a README that tells the truth."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from importlib import metadata, resources
from pathlib import Path

import pytest
import yaml

import cnndoctor
from cnndoctor.config import load, static_problems

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
REQUIREMENTS = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["dev"]


def canonical(requirement: str) -> str:
    """Return the name of a requirement as package indexes compare it."""
    name = re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    """Return the pinned version of each package."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonical(name): version for name, version in pairs}


def tracked(folder: str = "") -> set[str]:
    """Return what git holds directly in a folder, folders with a slash at the end."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listing = subprocess.run([git, "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    below = [path.removeprefix(folder) for path in listing.splitlines() if path.startswith(folder)]
    return {path.split("/")[0] + "/" * ("/" in path) for path in below}


def readme_tree(indent: str) -> set[str]:
    """Return the entries of the README's tree at one depth."""
    tree = (ROOT / "README.md").read_text(encoding="utf-8").split("## The tree")[1].split("```")[1]
    return set(re.findall(rf"^{indent}(\S+)", tree, flags=re.MULTILINE))


@pytest.mark.parametrize(
    "command", ["scripts/check", "scripts/test", "scripts/demo", "scripts/gate", "scripts/docs", ".ci/run"]
)
def test_commands_can_be_started(command: str) -> None:
    """Each command is an executable that stops at the first failure."""
    assert os.access(ROOT / command, os.X_OK)
    assert "set -euo pipefail" in (ROOT / command).read_text(encoding="utf-8")


def test_continuous_integration_runs_what_people_run() -> None:
    """CI calls the test command of the README, and has no way of its own."""
    lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "scripts/" in line] == ["exec scripts/test"]
    assert "\nscripts/test " in (ROOT / "README.md").read_text(encoding="utf-8")


def test_old_python_is_refused_with_a_way_out(tmp_path: Path) -> None:
    """Where no Python is new enough, a command says what it needs, ends with 2 and makes nothing."""
    for tool in ("bash", "dirname"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "")
    venv = tmp_path / "venv"
    answer = subprocess.run(
        [shutil.which("bash") or "bash", ROOT / "scripts/check"],
        env={"PATH": str(tmp_path), "CNNDOCTOR_VENV": str(venv)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 2
    assert "needs Python 3.11 or newer" in answer.stderr
    assert not venv.exists()


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=canonical)
def test_every_requirement_is_pinned(requirement: str) -> None:
    """No requirement is left to what the index serves today; an unpinned torch would fetch gigabytes."""
    assert canonical(requirement) in pins()


def test_torch_is_pinned_without_a_build() -> None:
    """The pin of torch names no build (+cpu, +cu), so that it holds for every wheel of that version."""
    assert re.fullmatch(r"\d+\.\d+\.\d+", pins()["torch"])


def test_import_contracts_name_modules_that_exist() -> None:
    """An optional layer that no file stands for would let a contract pass for the wrong reason."""
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    layers = " ".join(layer for contract in contracts for layer in contract.get("layers", []))
    names = {name.removeprefix("cnndoctor.") for name in re.findall(r"cnndoctor\.\w+", layers)}
    assert names <= {entry.removesuffix("/").removesuffix(".py") for entry in tracked("cnndoctor/")}


def test_types_of_scripts_are_checked() -> None:
    """As soon as a command is written in Python, mypy reads it too (it refuses a folder without any)."""
    assert ("scripts" in PROJECT["tool"]["mypy"]["files"]) == any((ROOT / "scripts").glob("*.py"))


def test_readme_shows_the_root_as_it_is() -> None:
    """The README's tree has every entry of the root and none that is gone."""
    assert readme_tree("") == tracked()


def test_readme_shows_the_package_as_it_is() -> None:
    """The README's tree has every entry of the package and none that is gone."""
    assert readme_tree("  ") == tracked("cnndoctor/")


def test_readme_links_lead_somewhere() -> None:
    """Each link of the README to a file of the repository finds it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_package_carries_its_data() -> None:
    """The data, its licence and the typing mark are in the package, not only in the checkout."""
    package = resources.files("cnndoctor")
    for name in ("py.typed", "data/digits.npz", "data/README.md"):
        assert package.joinpath(name).is_file()


def test_version_is_written_once() -> None:
    """The version is read from the package; pyproject.toml has none of its own."""
    assert "version" in PROJECT["project"]["dynamic"]
    assert re.fullmatch(r"\d+\.\d+\.\d+", cnndoctor.__version__)


def test_command_leads_to_a_function() -> None:
    """The command `cnndoctor` starts something that is there."""
    entry = metadata.EntryPoint("cnndoctor", PROJECT["project"]["scripts"]["cnndoctor"], "console_scripts")
    assert callable(entry.load())


def test_tutorial_is_a_valid_experiment() -> None:
    """configs/digits.yaml reads without a complaint, and its cosine ends where its training ends."""
    config = load(ROOT / "configs/digits.yaml")
    assert static_problems(config) == ()
    tree = yaml.safe_load((ROOT / "configs/digits.yaml").read_text(encoding="utf-8"))
    assert tree["scheduler"]["T_max"] == tree["train"]["epochs"]
