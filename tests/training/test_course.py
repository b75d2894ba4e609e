"""The watched run gives bit for bit the losses of a loop written by hand, and can be interrupted and resumed."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from cnndoctor.errors import StageUnable
from cnndoctor.evidence.train import Epoch
from cnndoctor.experiment import Experiment
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.probes.layers import LayerMonitor
from cnndoctor.training.course import Course, fingerprints, plan_of
from cnndoctor.training.early_stopping import EarlyStopping, lower_is_better, watched
from tests.data import parts
from tests.small import node, small


def course_of(experiment: Experiment, checkpoints: Path | None = None) -> Course:
    """Return a course that has not begun."""
    session = experiment.fresh()
    return Course(
        experiment=experiment,
        session=session,
        plan=plan_of(experiment, session, smoke=False),
        checkpoints=checkpoints,
    )


def trained(experiment: Experiment, checkpoints: Path | None = None, resume: Path | None = None) -> Course:
    """Return a course that has run to its end."""
    course = course_of(experiment, checkpoints)
    if resume is not None:
        course.resume(resume)
    course.go(LayerMonitor(course.session.model, every=2))
    return course


def by_hand(epochs: int, *, noisy: bool) -> list[float]:
    """Train as the PyTorch tutorial does, with dropout and augmentation from the global generator."""
    seed_everything(3)
    model = parts.Net(dropout=0.3)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    data = parts.Noisy() if noisy else parts.Blobs()
    loader = torch.utils.data.DataLoader(data, batch_size=8, shuffle=True)
    losses = []
    for _ in range(epochs):
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


@pytest.mark.parametrize("validation", [True, False])
@pytest.mark.parametrize("noisy", [True, False])
def test_losses_are_those_of_a_loop_by_hand(*, validation: bool, noisy: bool) -> None:
    """With dropout, augmentation, monitors, with and without validation: every loss is bit-identical on a CPU."""
    settings = [f"model={node('Net', dropout=0.3)}"]
    settings += [f"data.train={node('Noisy')}"] if noisy else []
    settings += [] if validation else ["data.validation=null"]
    course = trained(small(*settings))
    assert course.curves.losses == by_hand(3, noisy=noisy)


def test_a_resumed_run_is_the_run_without_interruption(tmp_path: Path) -> None:
    """Losses, weights and epochs after a resume equal those of one long run, with dropout and a schedule."""
    settings = (
        f"model={node('Net', dropout=0.3)}",
        "train.checkpoint_every=1",
        "scheduler={_target_: torch.optim.lr_scheduler.StepLR, step_size: 2, interval: epoch}",
    )
    whole = trained(small(*settings, "train.epochs=5"))
    trained(small(*settings, "train.epochs=2"), checkpoints=tmp_path)
    resumed = trained(small(*settings, "train.epochs=5"), resume=tmp_path)
    assert resumed.resumed_from == 12
    assert resumed.curves.losses == whole.curves.losses
    assert [e.train_loss for e in resumed.epochs] == [e.train_loss for e in whole.epochs]
    for left, right in zip(
        whole.session.model.state_dict().values(), resumed.session.model.state_dict().values(), strict=True
    ):
        assert torch.equal(left, right)


def test_a_damaged_checkpoint_is_passed_over(tmp_path: Path) -> None:
    """A newest file that was cut short is skipped for the one before; without any, the stage says it cannot resume."""
    experiment = small("train.checkpoint_every=1", "train.epochs=3")
    trained(experiment, checkpoints=tmp_path)
    newest = max(tmp_path.glob("epoch-*.pt"))
    newest.write_bytes(newest.read_bytes()[:100])
    course = course_of(experiment)
    course.resume(tmp_path)
    assert course.resumed_from == 12
    with pytest.raises(StageUnable, match="resumed"):
        course_of(experiment).resume(tmp_path / "nowhere")


def test_no_unfinished_checkpoint_stays_behind(tmp_path: Path) -> None:
    """Only whole files lie in the folder, and no more than the newest three."""
    trained(small("train.checkpoint_every=1", "train.epochs=5"), checkpoints=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"epoch-0000{n}.pt" for n in (3, 4, 5)]


def test_a_run_planned_in_steps_makes_so_many() -> None:
    """Steps end in the middle of an epoch, the last update included."""
    course = trained(small("train={steps: 8}"))
    assert course.step == 8
    assert len(course.epochs) == 2


def test_early_stopping_ends_the_run() -> None:
    """A run whose validation loss no longer improves ends before its epochs do."""
    experiment = small("train.epochs=50", "optimizer.lr=0.0")
    course = course_of(experiment)
    course.stopping = EarlyStopping(patience=2)
    assert course.go(LayerMonitor(course.session.model)) == "early-stopping"
    assert len(course.epochs) == 3


def test_a_loss_that_stays_nan_ends_the_run() -> None:
    """After twenty steps without a finite loss nothing is to be gained."""
    course = course_of(small("optimizer.lr=1e30", "train.epochs=50"))
    assert course.go(LayerMonitor(course.session.model)) == "not-finite"
    assert course.first_nonfinite >= 0
    assert course.step < 60


def test_validation_leaves_randomness_and_modes_alone() -> None:
    """The generator's state after an epoch does not depend on whether there is validation."""
    states = []
    for setting in ("train.epochs=1", "data.validation=null"):
        trained(small("train.epochs=1", setting))
        states.append(torch.get_rng_state())
    assert torch.equal(*states)


def test_fingerprints_tell_changed_from_unchanged() -> None:
    """What the optimizer never moved has the same mark after training, everything else another one."""
    experiment = small()
    course = course_of(experiment)
    course.session.optimizer.param_groups[0]["lr"] = 0.0
    before = fingerprints(course.session)
    course.go(LayerMonitor(course.session.model))
    assert fingerprints(course.session) == before
    moved = trained(experiment)
    assert all(mark != before[name] for name, mark in fingerprints(moved.session).items())


def test_watched_values_are_found_by_name() -> None:
    """The usual spellings of a monitored value all find it; unknown ones fall back to the validation loss."""
    epoch = Epoch(
        index=0,
        steps=1,
        lr=0.1,
        train_loss=2.0,
        validation_loss=1.0,
        validation_score=0.5,
        metrics={"validation/miou": 0.3},
    )
    assert watched(epoch, "") == watched(epoch, "val_loss") == watched(epoch, "validation_loss") == 1.0
    assert watched(epoch, "miou") == watched(epoch, "validation/miou") == 0.3
    assert watched(epoch, "train_loss") == 2.0
    assert lower_is_better("val_loss")
    assert not lower_is_better("miou")
    assert math.isnan(Epoch(index=0, steps=1, lr=0.1, train_loss=2.0).validation_loss)
