"""A folder stands for the experiments below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndoctor.commands.experiment_files import experiment_files
from cnndoctor.errors import UsageError


def test_folders_hold_experiments(tmp_path: Path) -> None:
    """YAML with a top-level model counts, in order and once; other YAML, hidden folders and saved runs do not."""
    texts = {
        "b.yaml": "model: {}",
        "sub/a.yml": "name: x\nmodel: {}",
        "other.yaml": "jobs:\n  model: 1",
        ".hidden/c.yaml": "model: {}",
        "runs/x/config.yaml": "model: {}",
        "runs/x/report.json": "{}",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    found = experiment_files([tmp_path / "sub/a.yml", tmp_path])
    assert found == [tmp_path / "sub/a.yml", tmp_path / "b.yaml"]


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    """A folder without experiments is a mistake; a file is taken as it stands."""
    with pytest.raises(UsageError, match="holds no experiment"):
        experiment_files([tmp_path])
    assert experiment_files([tmp_path / "missing.yaml"]) == [tmp_path / "missing.yaml"]
