"""The task is what the file tells, or what loss and targets tell."""

from __future__ import annotations

import pytest

from cnndoctor.config import load
from cnndoctor.opening import open_experiment
from cnndoctor.patient.task import Task
from tests.small import node, small


@pytest.mark.parametrize(
    ("settings", "task"),
    [
        ((), Task.CLASSIFICATION),
        (("task=multilabel",), Task.MULTILABEL),
        (("loss={_target_: torch.nn.MSELoss}",), Task.REGRESSION),
        ((f"data.train={node('FailingBlobs', size=14)}", "data.loader={batch_size: 14}"), Task.CUSTOM),
    ],
)
def test_task_is_told_or_inferred(settings: tuple[str, ...], task: Task) -> None:
    """The file's word counts; without one, loss and targets tell; without a batch it is custom."""
    assert small(*settings).task is task


@pytest.mark.parametrize(
    ("returns", "task"), [("calls", "classification"), ("ignores", "custom"), ("bare", "custom")]
)
def test_a_loss_that_a_step_never_calls_says_nothing(tmp_path, returns: str, task: str) -> None:
    """An embedding scored by its own rule is no classifier, though its config names a cross-entropy and its data labels."""
    (tmp_path / "own.py").write_text(
        "from torch import nn\n"
        "def net():\n    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))\n"
        "def calls(model, batch, loss):\n"
        "    out = model(batch[0])\n    return {'loss': loss(out, batch[1]), 'outputs': out}\n"
        "def ignores(model, batch, loss):\n"
        "    out = model(batch[0])\n    return {'loss': out.square().mean(), 'outputs': out}\n"
        "def bare(model, batch, loss):\n    return model(batch[0]).square().mean()\n"
    )
    path = tmp_path / "a.yaml"
    path.write_text(
        "model: {_target_: own.net}\n"
        "data: {train: {_target_: cnndoctor.datasets.digits}, loader: {batch_size: 4}}\n"
        "loss: {_target_: torch.nn.CrossEntropyLoss}\n"
        f"step: {{_target_: own.{returns}, _partial_: true}}\n"
        "optimizer: {_target_: torch.optim.SGD, lr: 0.1}\n"
        "train: {epochs: 1}\n"
    )
    assert open_experiment(load(path)).task == task
