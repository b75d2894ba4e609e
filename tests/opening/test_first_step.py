"""Opening an experiment runs the user's step once at most, and that one run tells members and task alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndoctor.config import load
from cnndoctor.opening import open_experiment
from cnndoctor.patient.batches import Members
from cnndoctor.patient.task import Task

OWN = """
from pathlib import Path
import torch
from torch import nn

ITEM = {"id": torch.tensor(7), "weight": torch.ones(3), "photo": torch.arange(6.0), "label": torch.tensor(1)}
LABELLED = [{**ITEM, "photo": ITEM["photo"] + number} for number in range(8)]
PAIRS = [(item["photo"], item["label"]) for item in LABELLED]

def labelled():
    return LABELLED

def pairs():
    return PAIRS

def net():
    return nn.Linear(6, 3)

def noted():
    with Path(__file__).with_name("calls").open("a") as calls:
        calls.write("x")

def keyed(model, batch, loss):
    noted()
    return loss(model(batch["photo"]), batch["label"])

def paired(model, batch, loss):
    noted()
    return loss(model(batch[0]), batch[1])

def rates(model, batch, loss):
    noted()
    outputs = model(batch[0])[:, 0]
    return {"loss": loss(outputs, batch[1].float()), "outputs": outputs.exp()}

def wrong(model, batch, loss):
    noted()
    raise ValueError("no such thing")
"""
FILE = """
{settings}
model: {{_target_: own.net}}
data: {{train: {{_target_: own.{data}}}, loader: {{batch_size: 4}}{members}}}
loss: {{_target_: torch.nn.{loss}}}
step: {{_target_: own.{step}, _partial_: true}}
optimizer: {{_target_: torch.optim.SGD, lr: 0.1}}
train: {{epochs: 1}}
"""
NAMED = ", inputs: photo, targets: label"
SEEN = Members(inputs="photo", targets="label")
TOLD = "task: classification"


@pytest.mark.parametrize(
    ("settings", "data", "members", "step", "calls", "task", "used"),
    [
        pytest.param("", "labelled", "", "keyed", 1, Task.CLASSIFICATION, SEEN, id="both are found out"),
        pytest.param("", "labelled", NAMED, "keyed", 1, Task.CLASSIFICATION, SEEN, id="the task alone"),
        pytest.param(TOLD, "labelled", "", "keyed", 1, Task.CLASSIFICATION, SEEN, id="the members alone"),
        pytest.param(TOLD, "labelled", NAMED, "keyed", 0, Task.CLASSIFICATION, SEEN, id="both are told"),
        pytest.param("", "pairs", "", "paired", 1, Task.CLASSIFICATION, Members(), id="a pair"),
        pytest.param(TOLD, "pairs", "", "paired", 0, Task.CLASSIFICATION, Members(), id="a pair of a told task"),
        pytest.param("", "labelled", "", "wrong", 1, Task.CUSTOM, Members(), id="a step that raises"),
    ],
)  # fmt: skip
def test_opening_runs_the_step_once_at_most(
    tmp_path: Path,
    settings: str,
    data: str,
    members: str,
    step: str,
    calls: int,
    task: Task,
    used: Members,
) -> None:
    """What both its members and its task are wanted of is one run; none where the file tells all there is to find out."""
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    path = tmp_path / "config.yaml"
    path.write_text(
        FILE.format(settings=settings, data=data, members=members, step=step, loss="CrossEntropyLoss"),
        encoding="utf-8",
    )
    experiment = open_experiment(load(path))
    made = tmp_path / "calls"
    assert len(made.read_text(encoding="utf-8") if made.exists() else "") == calls
    assert (experiment.task, experiment.members) == (task, used)


def test_a_loss_of_logarithms_asks_what_the_outputs_are(tmp_path: Path) -> None:
    """Where scores depend on what the loss takes the outputs for, the step runs once though the file tells the task."""
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    path = tmp_path / "config.yaml"
    told = FILE.format(
        settings="task: regression", data="pairs", members="", step="rates", loss="PoissonNLLLoss"
    )
    path.write_text(told, encoding="utf-8")
    experiment = open_experiment(load(path))
    assert (tmp_path / "calls").read_text(encoding="utf-8") == "x"
    assert not experiment.outputs_as_given
    assert not experiment.fresh().outputs_as_given
