"""lr-find as a function: what it saves, tells and writes."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cnndoctor.commands.lr_find import find, tell, write
from cnndoctor.config import load
from cnndoctor.doctor import Options
from cnndoctor.errors import ConfigError, UsageError

TEXT = """\
model: {_target_: nets.net}
data:
  train: {_target_: cnndoctor.datasets.digits}
  loader: {batch_size: 64}
loss: {_target_: torch.nn.CrossEntropyLoss}
optimizer:
  _target_: torch.optim.Adam
  lr: 1e-3  # kept
train: {epochs: 3}
"""
NET = """\
from torch import nn

def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))

def doubled(epoch):
    return 2.0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one experiment and its network."""
    path = tmp_path_factory.mktemp("lr")
    (path / "nets.py").write_text(NET)
    (path / "a.yaml").write_text(TEXT)
    return path


def test_finds_tells_and_writes(folder: Path) -> None:
    """A suggestion inside the band, saved as JSON and SVG, told with its rule, and written with comments kept."""
    config = load(folder / "a.yaml")
    found = find(config, Options(out=folder / "runs", effort="smoke"), [])
    assert found.evidence is not None
    assert found.evidence.band[0] < found.evidence.suggestion < found.evidence.band[1]
    assert found.examined.folder is not None
    saved = json.loads((found.examined.folder.path / "lr_range.json").read_text())
    assert set(saved) >= {"suggestion", "band", "configured", "rule", "curve"}
    assert "<svg" in (found.examined.folder.path / "lr_range.svg").read_text()
    told = tell(found, width=80)
    assert "usable band" in told
    assert "configured" in told
    write(config, found)
    text = (folder / "a.yaml").read_text()
    assert "# kept" in text
    assert load(folder / "a.yaml").optimizer.kwargs["lr"] == pytest.approx(
        found.evidence.suggestion, rel=0.05
    )


def test_refusals_to_write(folder: Path) -> None:
    """Without a suggestion, or without a plain lr in the file, nothing is written and the reason is said."""
    (folder / "b.yaml").write_text(TEXT.replace("  lr: 1e-3  # kept\n", ""))
    config = load(folder / "b.yaml")
    found = find(config, Options(out=folder / "runs", effort="smoke"), [])
    with pytest.raises(ConfigError, match="no plain 'lr'"):
        write(config, found)
    assert found.evidence is not None
    silent = replace(found, evidence=replace(found.evidence, suggestion=float("nan")))
    with pytest.raises(UsageError, match="no suggestion"):
        write(config, silent)


@pytest.mark.parametrize(("scheduler", "key", "expected"), [
    ("OneCycleLR, max_lr: 0.2, total_steps: 60, interval: step", "max_lr", 0.05),
    ("LinearLR, start_factor: 0.1, total_iters: 2", "lr", 0.05),
    ("CosineAnnealingLR, T_max: 3", "lr", 0.05),
    ("LambdaLR, lr_lambda: {_target_: nets.doubled, _partial_: true}", "lr", 0.025),
])  # fmt: skip
def test_the_key_that_rules_the_peak_is_written(
    folder: Path, scheduler: str, key: str, expected: float
) -> None:
    """A one-cycle schedule's max_lr; else the optimizer's lr, scaled so that the planned peak is the suggestion."""
    path = folder / f"{key}.yaml"
    path.write_text(f"{TEXT}scheduler: {{_target_: torch.optim.lr_scheduler.{scheduler}}}\n")
    config = load(path)
    found = find(config, Options(out=None, effort="smoke"), [])
    assert found.evidence is not None
    write(config, replace(found, evidence=replace(found.evidence, suggestion=0.05)))
    changed = load(path)
    values = {"lr": changed.optimizer.kwargs["lr"]}
    if changed.scheduler is not None:
        values |= {k: v for k, v in changed.scheduler.node.kwargs.items() if k == "max_lr"}
    assert values[key] == pytest.approx(expected)
    assert "# kept" in path.read_text()
