"""A config as evidence: what it says, with the line of every key."""

from pathlib import Path

from cnndoctor.config import load
from cnndoctor.description import describe

TEXT = """\
name: small
model: {_target_: torch.nn.Linear, in_features: 4, out_features: 2}
data:
  train: {_target_: cnndoctor.datasets.digits}
  loader: {batch_size: 16, num_workers: 0}
loss: {_target_: torch.nn.CrossEntropyLoss}
optimizer: {_target_: torch.optim.SGD, lr: 1e-2}
train: {epochs: 3, accumulate: {steps: 2, normalise: false}, clip_grad_norm: 1.5}
"""


def test_values_and_lines(tmp_path: Path) -> None:
    """Plain values, targets and lines arrive as they stand in the file; absent parts are zero or empty."""
    path = tmp_path / "a.yaml"
    path.write_text(TEXT)
    evidence = describe(load(path), task="classification", device="cpu", seed=7)
    assert (evidence.batch_size, evidence.epochs, evidence.steps) == (16, 3, 0)
    assert (evidence.accumulate, evidence.accumulate_normalised) == (2, False)
    assert evidence.clip_grad_norm == 1.5
    assert evidence.optimizer == "torch.optim.SGD"
    assert evidence.lines["optimizer.lr"] == 7
    assert evidence.settings["optimizer.lr"] == "0.01"
    assert evidence.seed == 7
    assert not evidence.has_validation
    assert evidence.scheduler == ""


def test_batch_size_of_a_loader_that_names_none(tmp_path: Path) -> None:
    """DataLoader's own default, one sample, holds where the file says nothing."""
    path = tmp_path / "a.yaml"
    path.write_text(TEXT.replace("batch_size: 16, ", ""))
    assert describe(load(path), task="classification", device="cpu", seed=0).batch_size == 1
