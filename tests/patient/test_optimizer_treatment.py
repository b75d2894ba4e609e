"""A changed optimizer holds, steps and decays as asked, over the whole schedule."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from cnndoctor.loop import end_epoch, steps
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.optimizer_treatment import _scale_schedule, unfreeze
from cnndoctor.patient.session import Session
from cnndoctor.patient.treatment import apply_change
from tests.small import small


def change(**what: Any) -> Change:
    """Return a change."""
    return Change(name="x", words="x", **what)


SCHEDULES = {
    "StepLR": "step_size: 2, gamma: 0.5",
    "ExponentialLR": "gamma: 0.7",
    "CosineAnnealingLR": "T_max: 6, eta_min: 0.001",
    "CosineAnnealingWarmRestarts": "T_0: 3, eta_min: 0.001",
    "LinearLR": "total_iters: 4",
    "PolynomialLR": "total_iters: 5",
    "OneCycleLR": "max_lr: 0.3, total_steps: 8",
    "CyclicLR": "base_lr: 0.01, max_lr: 0.1, step_size_up: 2",
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_whole_schedule_is_scaled(name: str) -> None:
    """A tenth of the rate is a tenth of every rate that the schedule ever gives."""
    experiment = small(f"scheduler={{_target_: torch.optim.lr_scheduler.{name}, {SCHEDULES[name]}}}")

    def rates(session: Session) -> list[float]:
        seen = []
        for _ in range(7):
            for step in steps(session, list(session.train_loader)[:1]):
                seen.append(step.lrs[0])
            end_epoch(session)
        return seen

    plain, scaled = rates(experiment.fresh()), rates(experiment.fresh(change=change(lr_factor=0.1)))
    assert scaled == pytest.approx([rate / 10 for rate in plain])


def chained(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.SequentialLR:
    """Return a warm-up followed by a cosine."""
    warm = torch.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=3)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 4)
    return torch.optim.lr_scheduler.SequentialLR(optimizer, [warm, cosine], milestones=[3])


def test_schedules_in_a_row_are_scaled_once() -> None:
    """Warm-up and cosine are both a tenth, and not a thousandth."""

    def rates(factor: float) -> list[float]:
        optimizer = torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1)
        scheduler = chained(optimizer)
        optimizer.param_groups[0]["lr"] *= factor
        _scale_schedule(scheduler, factor)
        seen = []
        for _ in range(7):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        assert optimizer.param_groups[0]["initial_lr"] == pytest.approx(0.1 * factor)
        return seen

    assert rates(0.1) == pytest.approx([rate / 10 for rate in rates(1.0)])


def test_schedule_off_trains_at_the_peak() -> None:
    """A warm-up begins near zero; without the schedule the rate is the configured one."""
    experiment = small(
        "scheduler={_target_: torch.optim.lr_scheduler.LinearLR, start_factor: 0.01, total_iters: 5}"
    )
    session = experiment.fresh(change=change(schedule_off=True))
    assert session.scheduler is None
    assert session.optimizer.param_groups[0]["lr"] == pytest.approx(0.1)


def test_unfrozen_parameters_train() -> None:
    """What was frozen trains, also where the optimizer never held it, and no group is added."""
    session = small().fresh()
    first = next(session.model.parameters())
    first.requires_grad_(False)
    session.optimizer = torch.optim.SGD([p for p in session.model.parameters() if p.requires_grad], lr=0.1)
    before = first.detach().clone()
    unfreeze(session)
    assert len(session.optimizer.param_groups) == 1
    for _ in steps(session, session.train_loader):
        pass
    assert not torch.equal(before, first)


def test_all_trainable_parameters_are_given_to_the_optimizer() -> None:
    """What was left out trains, in plain containers too; what is frozen stays so, and no group is added."""
    session = small().fresh()
    left_out, frozen = list(session.model.parameters())[:2]
    frozen.requires_grad_(False)
    hidden = nn.Linear(2, 2)
    session.model.hidden = [hidden]  # type: ignore[assignment]
    session.optimizer = torch.optim.SGD(list(session.model.parameters())[2:], lr=0.1)
    held = len(session.optimizer.param_groups[0]["params"])
    apply_change(session, change(all_held=True))
    group = session.optimizer.param_groups[0]["params"]
    assert len(session.optimizer.param_groups) == 1
    assert len(group) == held + 3
    assert {id(p) for p in group} >= {id(left_out), id(hidden.weight), id(hidden.bias)}
    assert id(frozen) not in {id(p) for p in group}


def test_an_optimizer_that_climbed_descends() -> None:
    """Steps of ``maximize`` go the other way; an optimizer that has no such setting gets none."""
    climbing, descending = (
        small("optimizer.maximize=true").fresh(change=c) for c in (AS_CONFIGURED, change(descending=True))
    )
    assert climbing.optimizer.param_groups[0]["maximize"] is True
    assert descending.optimizer.param_groups[0]["maximize"] is False
    starts = [parameter.detach().clone() for parameter in climbing.model.parameters()]
    batch = next(iter(climbing.train_loader))
    for session in (climbing, descending):
        for _ in steps(session, [batch]):
            pass
    up, down = (
        [p.detach() - start for p, start in zip(session.model.parameters(), starts, strict=True)]
        for session in (climbing, descending)
    )
    assert all(torch.allclose(a, -b, atol=1e-6) for a, b in zip(up, down, strict=True))
    assert max(float(a.abs().max()) for a in up) > 1e-3
    lbfgs = small().fresh()
    lbfgs.optimizer = torch.optim.LBFGS(lbfgs.model.parameters())
    apply_change(lbfgs, change(descending=True))
    assert "maximize" not in lbfgs.optimizer.param_groups[0]
