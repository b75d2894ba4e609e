"""Of many experiments those are examined that rest on something that changed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cnndoctor.ci.changed_since import changed_since
from cnndoctor.config import Config, load
from cnndoctor.errors import UsageError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

EXPERIMENT = """\
model: {_target_: %s.Net}
data: {train: {_target_: cnndoctor.datasets.digits, split: train}}
loss: {_target_: torch.nn.CrossEntropyLoss}
optimizer: {_target_: torch.optim.SGD, lr: 0.1}
train: {epochs: 1}
"""


def git(folder: Path, *arguments: str) -> None:
    """Call git with an identity of its own."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Config]]:
    """A repository with two experiments over two modules; the function reads the experiments."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(EXPERIMENT % f"net_{name}")
        (tmp_path / f"net_{name}.py").write_text("class Net: pass\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    git(tmp_path, "checkout", "-qb", "work")
    monkeypatch.chdir(tmp_path)
    return lambda: [load(Path("a.yaml")), load(Path("b.yaml"))]


def test_nothing_changed(repository: Callable[[], list[Config]]) -> None:
    """On the commit itself no experiment is touched."""
    assert changed_since(repository(), "main") == {}


def test_a_config_and_a_module_touch(repository: Callable[[], list[Config]], tmp_path: Path) -> None:
    """A committed change of a module touches its experiment, a change not yet committed its own file."""
    (tmp_path / "net_a.py").write_text("class Net: depth = 2\n")
    git(tmp_path, "commit", "-qam", "deeper")
    with (tmp_path / "b.yaml").open("a") as file:
        file.write("seed: 1\n")
    assert changed_since(repository(), "main") == {
        Path("a.yaml"): (Path("net_a.py"),),
        Path("b.yaml"): (Path("b.yaml"),),
    }


def test_what_others_did_meanwhile_does_not_count(
    repository: Callable[[], list[Config]], tmp_path: Path
) -> None:
    """The comparison is with the commit at which the branch left, not with where the other branch is now."""
    git(tmp_path, "checkout", "-q", "main")
    (tmp_path / "net_a.py").write_text("class Net: depth = 2\n")
    git(tmp_path, "commit", "-qam", "deeper")
    git(tmp_path, "checkout", "-q", "work")
    assert changed_since(repository(), "main") == {}


def test_a_revision_that_is_not_there(repository: Callable[[], list[Config]]) -> None:
    """A shallow clone does not know the other branch; the message says how to fetch it."""
    with pytest.raises(UsageError, match="fetch-depth: 0"):
        changed_since(repository(), "origin/main")
