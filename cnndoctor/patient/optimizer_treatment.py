"""What a change does to optimizer and schedule: what they hold, how large their steps are, which way they go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from cnndoctor.patient.changes import Change
from cnndoctor.patient.loose_parts import loose_parts
from cnndoctor.patient.session import Session


def treat_optimizer(session: Session, change: Change) -> None:
    """Replace the optimizer, or scale its rates, turn its direction, drop its schedule or weight decay, as asked.

    Args:
        session: Changed in place.
        change: What to change.
    """
    if change.schedule_off or change.optimizer:
        session.scheduler = None
        _peak_lr(session)
    if change.optimizer:
        session.optimizer = _replacement(session, change)
    for group in session.optimizer.param_groups:
        group["lr"] = group["lr"] * change.lr_factor
        if change.descending and "maximize" in group:
            group["maximize"] = False
        if change.weight_decay_off and "weight_decay" in group:
            group["weight_decay"] = 0.0
    if change.lr_factor != 1.0 and session.scheduler is not None:
        _scale_schedule(session.scheduler, change.lr_factor)


def unfreeze(session: Session) -> None:
    """Let every parameter train, and let the optimizer hold what it had no use for before."""
    frozen = [p for p in session.model.parameters() if not p.requires_grad and p.is_floating_point()]
    for parameter in frozen:
        parameter.requires_grad_(True)
    _hold(session, frozen)


def hold_all(session: Session) -> None:
    """Give the optimizer every trainable parameter that it lacks, of the model and of what its plain containers hold."""
    loose = [parameter for part in loose_parts(session.model) for parameter in part.parameters]
    _hold(session, [p for p in (*session.model.parameters(), *loose) if p.requires_grad])


def _hold(session: Session, parameters: Iterable[nn.Parameter]) -> None:
    """Let what no group holds join the last one: with a group of its own, schedules would lose their shape."""
    held = {id(p) for group in session.optimizer.param_groups for p in group["params"]}
    for parameter in parameters:
        if id(parameter) not in held:
            held.add(id(parameter))
            session.optimizer.param_groups[-1]["params"].append(parameter)


def _replacement(session: Session, change: Change) -> torch.optim.Optimizer:
    parameters = [p for p in session.model.parameters() if p.requires_grad]
    if not parameters:  # a model that makes its layers in the first forward: nothing to hold yet
        return session.optimizer
    if change.optimizer == "adam":
        return torch.optim.Adam(parameters, lr=change.lr)
    return torch.optim.SGD(parameters, lr=change.lr, momentum=0.9)


def _peak_lr(session: Session) -> None:
    """Undo what a scheduler's construction did to the rates (a warm-up starts near zero)."""
    for group in session.optimizer.param_groups:
        group["lr"] = max(group["lr"], group.get("max_lr", 0.0), group.get("initial_lr", 0.0))


def _scale_schedule(scheduler: Any, factor: float) -> None:  # noqa: ANN401 - schedulers share no base that names these
    """Scale the rates a scheduler has remembered, so that the whole schedule moves and not its first value only."""
    for group in scheduler.optimizer.param_groups:
        for name in ("initial_lr", "max_lr", "min_lr"):
            if name in group:
                group[name] = group[name] * factor
    _scale_remembered(scheduler, factor)


def _scale_remembered(scheduler: Any, factor: float) -> None:  # noqa: ANN401
    for name in ("base_lrs", "max_lrs", "min_lrs"):
        if isinstance(getattr(scheduler, name, None), list):
            setattr(scheduler, name, [lr * factor for lr in getattr(scheduler, name)])
    if isinstance(getattr(scheduler, "eta_min", None), int | float):
        scheduler.eta_min = scheduler.eta_min * factor
    for inner in getattr(scheduler, "_schedulers", []):
        _scale_remembered(inner, factor)
