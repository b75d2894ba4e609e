"""`cnndoctor init` writes an experiment that is valid as it stands, with the model's own arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndoctor.commands.starter import starter_config
from cnndoctor.config import load
from cnndoctor.errors import UsageError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with a module of the user's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "starter_nets.py").write_text(
        "class TinyNet:\n    def __init__(self, num_classes, path, width=8, act=print): pass\n"
    )
    (tmp_path / "starter_broken.py").write_text("import nothing_like_it\n")
    return tmp_path


def test_arguments_are_listed(folder):
    """Required arguments are keys to fill in, others comments with their defaults."""
    starter = starter_config("starter_nets:TinyNet")
    text = starter.text
    assert starter.doubt == ""
    assert "  num_classes: 10   # required" in text
    assert "  path: null   # required" in text
    assert "  # width: 8\n" in text
    assert "  # act: default <built-in function print>\n" in text
    (folder / "a.yaml").write_text(text)
    config = load(folder / "a.yaml")
    assert (config.name, config.model.target) == ("tiny-net", "starter_nets:TinyNet")


@pytest.mark.parametrize("target", ["starter_broken:Net", "nothing.there:Net", "gone.py:Net"])
def test_what_cannot_be_imported_is_said_in_the_file_and_aside(folder, target):
    """Without the model's module the experiment is still valid and says what is missing; whoever asked is told, too."""
    starter = starter_config(target)
    assert "# Its arguments are not listed: " in starter.text
    assert starter.doubt.startswith("Its arguments are not listed: ")
    (folder / "a.yaml").write_text(starter.text)
    assert load(folder / "a.yaml").model.target == target


@pytest.mark.parametrize("target", ["Net", "a..b", "os:system"])
def test_bad_targets_are_refused(target):
    """A target that no experiment may hold is refused at once."""
    with pytest.raises(UsageError, match=r"MODULE:MODEL|refused"):
        starter_config(target)
