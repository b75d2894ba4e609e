"""The loop gives bit for bit the losses of the loop a user would write by hand, whatever is configured."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from itertools import islice
from typing import Any

import pytest
import torch
from torch import nn

from cnndoctor.errors import UserCodeError
from cnndoctor.loop import Step, end_epoch, endless, evaluate, mode, steps
from cnndoctor.patient.randomness import preserved_randomness, seed_everything
from cnndoctor.patient.session import Session
from tests.data import parts
from tests.small import node, small

EPOCHS = 3
SEED = 3
Build = Callable[[torch.optim.Optimizer], Any]


def by_hand(
    *,
    dropout: float = 0.0,
    accumulate: int = 1,
    normalise: bool = True,
    clip: float = 0.0,
    bf16: bool = False,
    schedule: Build | None = None,
    interval: str = "epoch",
    size: int = 48,
) -> tuple[list[float], list[torch.Tensor]]:
    """Train as the PyTorch tutorial does; return the loss of every batch and the weights."""
    seed_everything(SEED)
    model = parts.Net(dropout=dropout)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = schedule(optimizer) if schedule else None
    loader = torch.utils.data.DataLoader(parts.Blobs(size), batch_size=8, shuffle=True)
    losses = []
    for _ in range(EPOCHS):
        for number, (inputs, labels) in enumerate(loader, 1):
            with torch.autocast("cpu", dtype=torch.bfloat16) if bf16 else nullcontext():
                loss = criterion(model(inputs), labels)
            losses.append(float(loss.detach()))
            (loss / accumulate if normalise and accumulate > 1 else loss).backward()
            if number % accumulate and number != len(loader):
                continue
            if clip:
                nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            optimizer.zero_grad()
            if scheduler is not None and interval == "step":
                scheduler.step()
        if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            scheduler.step(losses[-1])
        elif scheduler is not None and interval == "epoch":
            scheduler.step()
    return losses, [p.detach().clone() for p in model.parameters()]


def by_loop(
    *settings: str, between: Callable[[Session], object] | None = None
) -> tuple[list[float], Session]:
    """Train with our loop; return the loss of every batch and the session."""
    session = small(*settings).fresh()
    losses: list[float] = []
    criterion = session.loss
    assert criterion is not None

    def recorded(outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        loss = criterion(outputs, labels)
        if session.model.training:
            losses.append(float(loss.detach()))
        return loss

    session.loss = recorded
    for _ in range(EPOCHS):
        for _ in steps(session, session.train_loader):
            if between is not None:
                between(session)
        end_epoch(session, monitored=losses[-1])
    return losses, session


CASES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "plain": ({}, ()),
    "dropout": ({"dropout": 0.4}, ("model.dropout=0.4",)),
    "accumulation": ({"accumulate": 3}, ("train.accumulate=3",)),
    "accumulation with a last partial window": ({"accumulate": 4}, ("train.accumulate=4",)),
    "summed accumulation": (
        {"accumulate": 4, "normalise": False},
        ("train.accumulate={steps: 4, normalise: false}",),
    ),
    "partial last batch": ({"size": 43}, ("data.train.size=43",)),
    "clipping": ({"clip": 0.05}, ("train.clip_grad_norm=0.05",)),
    "bf16": ({"bf16": True}, ("train.precision=bf16",)),
    "schedule per epoch": (
        {"schedule": lambda o: torch.optim.lr_scheduler.StepLR(o, 1, 0.3)},
        ("scheduler={_target_: torch.optim.lr_scheduler.StepLR, step_size: 1, gamma: 0.3}",),
    ),
    "schedule per step": (
        {
            "schedule": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.2, total_steps=18),
            "interval": "step",
        },
        (
            "scheduler={_target_: torch.optim.lr_scheduler.OneCycleLR, max_lr: 0.2, total_steps: 18, interval: step}",
        ),
    ),
    "plateau": (
        {"schedule": lambda o: torch.optim.lr_scheduler.ReduceLROnPlateau(o, patience=0, threshold=1.0)},
        (
            "scheduler={_target_: torch.optim.lr_scheduler.ReduceLROnPlateau, patience: 0, threshold: 1, monitor: x}",
        ),
    ),
}


@pytest.mark.parametrize(("hand", "settings"), CASES.values(), ids=CASES)
def test_losses_and_weights_are_those_of_a_loop_by_hand(
    hand: dict[str, Any], settings: tuple[str, ...]
) -> None:
    """Every loss and every final weight is equal to the last bit."""
    expected, weights = by_hand(**hand)
    losses, session = by_loop(*settings)
    assert losses == expected
    assert all(torch.equal(a, b) for a, b in zip(weights, session.model.parameters(), strict=True))


def validate(session: Session) -> None:
    """Validate whole, and once only half: a consumer may stop early."""
    assert session.validation_loader is not None
    for _, computed in evaluate(session, session.validation_loader):
        assert not computed.loss.requires_grad
    for _ in evaluate(session, session.train_loader, batch_statistics=True):
        break


def test_looking_in_between_changes_nothing() -> None:
    """Validation at every step leaves modes, buffers and random numbers as they were."""
    expected, _ = by_hand(dropout=0.4)
    losses, session = by_loop("model.dropout=0.4", between=validate)
    assert losses == expected
    assert all(module.training for module in session.model.modules())


def test_step_tells_its_window() -> None:
    """A step knows its place, its mean loss and the rate it uses, and its gradient is there at the yield."""
    session = small("train.accumulate=4").fresh()
    seen: list[Step] = []
    before = [p.detach().clone() for p in session.model.parameters()]
    for step in steps(session, session.train_loader, start=10):
        if not seen:
            assert all(torch.equal(a, b) for a, b in zip(before, session.model.parameters(), strict=True))
        assert all(p.grad is not None for p in session.model.parameters())
        seen.append(step)
    assert [step.index for step in seen] == [10, 11]
    assert all(step.lrs == (0.1,) and torch.isfinite(step.loss) for step in seen)


def test_callbacks_come_after_the_update_and_before_the_schedule() -> None:
    """What is appended at the yield sees moved weights and the rate that moved them."""
    session = small(
        "scheduler={_target_: torch.optim.lr_scheduler.ExponentialLR, gamma: 0.5, interval: step}"
    ).fresh()
    heard = []
    weight = session.model.get_parameter("head.weight")
    for step in steps(session, list(session.train_loader)[:2]):
        before = weight.detach().clone()

        def hear(told: Step, before: torch.Tensor = before) -> None:
            heard.append((told.index, torch.equal(before, weight), session.optimizer.param_groups[0]["lr"]))

        step.after.append(hear)
    assert heard == [(0, False, 0.1), (1, False, 0.05)]


def test_stopping_leaves_the_pending_update_undone() -> None:
    """Whoever breaks out of the loop finds the weights of the step before."""
    session = small().fresh()
    before = [p.detach().clone() for p in session.model.parameters()]
    for _ in steps(session, session.train_loader):
        break
    assert all(torch.equal(a, b) for a, b in zip(before, session.model.parameters(), strict=True))


def test_clipping_tells_the_norm_it_saw() -> None:
    """The norm before clipping is known after the update."""
    session = small("train.clip_grad_norm=0.001").fresh()
    seen = list(steps(session, islice(session.train_loader, 2)))
    assert all(step.clip_norm is not None and step.clip_norm > 0.001 for step in seen)


def test_plateau_waits_for_its_number() -> None:
    """Without a number to watch, a plateau scheduler stays where it is."""
    session = small(
        "scheduler={_target_: torch.optim.lr_scheduler.ReduceLROnPlateau, patience: 0, monitor: validation_loss}"
    ).fresh()
    end_epoch(session)
    for _ in range(3):
        end_epoch(session, monitored=1.0)
    assert session.optimizer.param_groups[0]["lr"] < 0.1


def test_modes_come_back_module_by_module() -> None:
    """A part that the user keeps in eval mode stays in eval mode."""
    model = parts.Net()
    model.train()
    model.body[1].eval()
    with mode(model, training=False):
        assert not any(module.training for module in model.modules())
    assert model.training
    assert not model.body[1].training


def test_batch_statistics_leave_running_ones() -> None:
    """Evaluating by batch statistics gives other outputs and moves no buffer."""
    session = small().fresh()
    buffers = {name: value.clone() for name, value in session.model.named_buffers()}
    plain = [float(c.loss) for _, c in evaluate(session, list(session.train_loader))]
    seed_everything(SEED)
    by_batch = [
        float(c.loss) for _, c in evaluate(session, list(session.train_loader), batch_statistics=True)
    ]
    assert plain != by_batch
    assert all(torch.equal(buffers[name], value) for name, value in session.model.named_buffers())


def test_gradient_mode_does_not_leak_to_the_consumer() -> None:
    """Between two batches of an evaluation, the consumer's gradients work."""
    session = small().fresh()
    for _ in evaluate(session, session.train_loader):
        assert torch.is_grad_enabled()


def test_endless_ends_with_an_empty_loader() -> None:
    """Batches come epoch after epoch; an empty loader does not spin."""
    assert list(islice(endless([1, 2]), 5)) == [1, 2, 1, 2, 1]
    assert list(endless([])) == []


@pytest.mark.parametrize(
    ("settings", "phase", "said"),
    [
        ((f"model={node('FailingNet')}",), "forward", "missing"),
        ((f"loss={node('failing_loss', _partial_=True)}",), "loss", "cannot compare"),
        ((f"loss={node('number_loss', _partial_=True)}",), "loss", "must return a tensor, not a float"),
        ((f"step={node('failing_step', _partial_=True)}",), "step", "no_such_attribute"),
        ((f"step={node('forgetful_step', _partial_=True)}",), "step", "is a return statement missing"),
        (("loss.reduction=none",), "loss", r"must be a single number, but has shape \[\d+\]"),
        ((f"step={node('vector_step', _partial_=True)}",), "step", "must be a single number, but has shape"),
        ((f"data.train={node('FailingBlobs')}",), "read training data", "image 13 is truncated"),
    ],
)
def test_users_exceptions_name_their_phase(settings: tuple[str, ...], phase: str, said: str) -> None:
    """What the user's code raises is theirs, with the phase it happened in."""
    session = small(*settings).fresh()
    with pytest.raises(UserCodeError, match=said) as raised:
        list(steps(session, session.train_loader))
    assert raised.value.failure.phase == phase


def draw_and_fail() -> None:
    """Use up random numbers, then raise."""
    torch.rand(5)
    raise OSError("disk gone")


def test_randomness_is_preserved_whatever_happens() -> None:
    """Global random states are back after an exception."""
    seed_everything(1)
    expected = torch.rand(3).tolist()
    seed_everything(1)
    with pytest.raises(OSError, match="gone"), preserved_randomness():
        draw_and_fail()
    assert torch.rand(3).tolist() == expected


def test_an_optimizer_that_computes_the_loss_again_gets_its_closure() -> None:
    """LBFGS makes bit for bit the steps of a loop by hand, clipping and dropout included."""
    seed_everything(SEED)
    model, criterion = parts.Net(dropout=0.4), nn.CrossEntropyLoss()
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.3, max_iter=4)
    expected = []
    for inputs, labels in torch.utils.data.DataLoader(parts.Blobs(48), batch_size=8, shuffle=True):

        def closure(inputs: torch.Tensor = inputs, labels: torch.Tensor = labels) -> torch.Tensor:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            return loss  # type: ignore[no-any-return]

        expected.append(float(optimizer.step(closure).detach()))
    session = small(
        "model.dropout=0.4",
        "train.clip_grad_norm=0.5",
        "optimizer={_target_: torch.optim.LBFGS, lr: 0.3, max_iter: 4}",
    ).fresh()
    losses = [float(step.loss) for step in steps(session, session.train_loader)]
    assert losses == expected
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), session.model.parameters(), strict=True))


@pytest.mark.parametrize("setting", ["train.accumulate=2", "train.precision=fp16"])
def test_such_an_optimizer_goes_with_no_accumulation_and_no_scaler(setting: str) -> None:
    """What computes the loss of one batch again cannot step on the gradients of several, nor on scaled ones: that is said."""
    session = small(setting, "optimizer={_target_: torch.optim.LBFGS, lr: 0.3, max_iter: 4}").fresh()
    with pytest.raises(UserCodeError, match=rf"{setting.partition('=')[0]}.* cannot go with it"):
        list(steps(session, session.train_loader))
