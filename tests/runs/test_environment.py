"""Where an examination ran: versions and device always, git where there is a repository."""

import subprocess

import torch

from cnndoctor.runs.environment import describe_environment


def test_versions_and_device(tmp_path) -> None:
    """Versions of what computes and the device are there; without a repository nothing is said of git."""
    environment = describe_environment(tmp_path, torch.device("cpu"))
    assert environment["torch"] == torch.__version__
    assert environment["device"] == "cpu"
    assert "git_commit" not in environment


def test_commit_and_whether_it_was_changed(tmp_path) -> None:
    """In a repository the commit is named, and whether files differ from it."""
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / "a.yaml").write_text("name: a\n")
    subprocess.run([*git, "add", "a.yaml"], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    assert describe_environment(tmp_path, None)["git_changed"] is False
    (tmp_path / "a.yaml").write_text("name: b\n")
    environment = describe_environment(tmp_path, None)
    assert environment["git_changed"] is True
    assert len(str(environment["git_commit"])) == 40
