"""Watches what real optimizer steps do to every parameter: gradients, changed bits, update ratios, lost precision."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.loop import Step
from cnndoctor.patient.session import Session

# Beyond that a second copy of the parameters in double precision is too much to ask.
MOST_ELEMENTS = 50_000_000
NARROWEST = {
    torch.float16: 2.0**-24,
    torch.bfloat16: 2.0**-133,
    torch.float32: 2.0**-149,
    torch.float64: 2.0**-1074,
}


@dataclass(slots=True, kw_only=True)
class _Row:
    """One parameter through the steps."""

    before: Tensor
    states: list[str] = field(default_factory=list)
    uncounted: list[str] = field(
        default_factory=list
    )  # of steps at rate 0 or skipped; all there is in a run at rate 0
    gradient_rms: float = 0.0
    weight_rms: float = 0.0
    changed: bool = False
    update_ratio: float = 0.0
    below_precision: float = 0.0


class Updates:
    """Follows every trainable parameter through a few optimizer steps; steps at rate 0 and skipped ones do not count."""

    def __init__(self, session: Session) -> None:
        """Begin to watch.

        Args:
            session: Before its first step.
        """
        self._session = session
        self.counted = 0
        self.made = 0
        self.rows = {
            name: _Row(before=parameter.detach().clone())
            for name, parameter in session.model.named_parameters()
            if parameter.requires_grad and not isinstance(parameter, UninitializedParameter)
        }
        self._parameters = dict(session.model.named_parameters())
        for name, row in self.rows.items():
            row.weight_rms = _rms(self._parameters[name])

    def look(self, step: Step) -> None:
        """Note the gradients of a step, and what its update does; called between backward and update."""
        states = {name: _state(self._parameters[name].grad) for name in self.rows}
        counts = any(lr > 0 for lr in step.lrs)
        if counts and not self.counted:
            for name, row in self.rows.items():
                row.gradient_rms = row.gradient_rms or _rms(self._parameters[name].grad)
            self._precision()
        for name, row in self.rows.items():
            row.gradient_rms = row.gradient_rms or _rms(self._parameters[name].grad)
        step.after.append(lambda done: self._after(done, states, counts=counts))

    def records(self) -> tuple[ParameterStep, ...]:
        """Return what became of every parameter."""
        return tuple(
            ParameterStep(
                name=name,
                gradient=_overall(row.states or row.uncounted),
                gradient_rms=row.gradient_rms,
                weight_rms=row.weight_rms,
                changed=row.changed,
                update_ratio=row.update_ratio,
                below_precision=row.below_precision,
            )
            for name, row in self.rows.items()
        )

    def _after(self, step: Step, states: dict[str, str], *, counts: bool) -> None:
        self.made += not step.skipped
        if step.skipped or not counts:
            for name, row in self.rows.items():
                row.uncounted.append(states[name])
            return
        self.counted += 1
        for name, row in self.rows.items():
            row.states.append(states[name])
            now = self._parameters[name].detach()
            if row.changed and row.update_ratio:
                continue
            changed = not torch.equal(now, row.before)
            if changed and not row.changed:
                row.changed = True
                moved = _rms(
                    now.double() - row.before.double() if now.device.type != "mps" else now - row.before
                )
                row.update_ratio = moved / row.weight_rms if row.weight_rms > 0 else 0.0

    def _precision(self) -> None:
        """Work out the update that the optimizer wants in double precision, and what of it the weights can hold."""
        wanted = wanted_updates(self._session.optimizer)
        for name, row in self.rows.items():
            update = wanted.get(id(self._parameters[name]))
            if update is not None:
                row.below_precision = share_below_precision(self._parameters[name].detach(), update)


def wanted_updates(optimizer: torch.optim.Optimizer) -> dict[int, Tensor]:
    """Return id of parameter → the update one optimizer step would make in double precision; the optimizer stays as it is.

    Args:
        optimizer: With gradients in place and before its first step.

    Returns:
        Empty where a copy of the optimizer cannot step (one that wants a closure, say) or is too large.
    """
    held: list[Tensor] = [p for group in optimizer.param_groups for p in group["params"]]
    on_mps = any(p.device.type == "mps" for p in held)
    if (
        sum(p.numel() for p in held) > MOST_ELEMENTS
        or on_mps
        or any(p.grad is not None and p.grad.is_sparse for p in held)
    ):
        return {}
    twins: dict[int, Tensor] = {}
    for parameter in held:
        twin = parameter.detach().double().requires_grad_(True)
        twin.grad = parameter.grad.detach().double() if parameter.grad is not None else None
        twins[id(parameter)] = twin
    try:
        double: Any = copy.copy(optimizer)
        double.param_groups = [
            {**group, "params": [twins[id(p)] for p in group["params"]], "fused": None}
            for group in optimizer.param_groups
        ]
        double.state = defaultdict(dict)
        # The class's own step: an instance may carry a scheduler's wrapper that would step the original.
        type(optimizer).step(double)
    except Exception:  # noqa: BLE001 - somebody's own optimizer need not survive being copied; then this is not measured
        return {}
    with torch.no_grad():
        return {id(p): twins[id(p)].detach() - p.detach().double() for p in held if p.grad is not None}


def share_below_precision(weight: Tensor, update: Tensor) -> float:
    """Return the share of elements whose update is not 0 and yet under half a unit in the last place of the weight.

    Args:
        weight: Weights in their own precision.
        update: The update wanted, in double precision.
    """
    if weight.dtype not in NARROWEST or not weight.numel():
        return 0.0
    digits = -math.frexp(torch.finfo(weight.dtype).eps)[1] + 1
    exponents = torch.frexp(weight.double()).exponent
    ulp = torch.ldexp(
        torch.ones((), dtype=torch.float64, device=weight.device), (exponents - 1 - digits).double()
    )
    ulp = ulp.clamp_min(NARROWEST[weight.dtype])
    lost = (update != 0) & (update.abs() < ulp / 2)
    return float(lost.double().mean())


def weight_decay_pull(optimizer: torch.optim.Optimizer) -> float:
    """Return the norm of weight decay times weights over the norm of the loss gradient.

    Decoupled decay (AdamW) does not meet the gradient but an update of about one per element: that is the yardstick there.

    Args:
        optimizer: With gradients in place.
    """
    pull, push = 0.0, 0.0
    decoupled = "adamw" in type(optimizer).__name__.lower() or any(
        g.get("decoupled_weight_decay") for g in optimizer.param_groups
    )
    for group in optimizer.param_groups:
        decay = group.get("weight_decay", 0.0)
        rate = float(decay) if isinstance(decay, int | float | Tensor) else 0.0
        for parameter in group["params"]:
            if parameter.grad is None:
                continue
            pull += (rate * _rms(parameter)) ** 2 * parameter.numel()
            push += parameter.numel() if decoupled else _rms(parameter.grad) ** 2 * parameter.numel()
    if not math.isfinite(pull) or not math.isfinite(push) or push == 0:
        return 0.0
    return math.sqrt(pull / push)


def _state(gradient: Tensor | None) -> str:
    if gradient is None:
        return "none"
    values = _dense(gradient)
    if not bool(torch.isfinite(values).all()):
        return "nonfinite"
    return "ok" if bool((values != 0).any()) else "zero"


def _overall(states: list[str]) -> str:
    """Return the state over all steps: not finite where the first one was not, else the best that was seen.

    What breaks after an update is the update's doing: a rate that throws the weights far off, not a slope without end.
    """
    if states[:1] == ["nonfinite"]:
        return "nonfinite"
    return next((state for state in ("ok", "zero") if state in states), "none")


def _dense(tensor: Tensor) -> Tensor:
    return tensor.detach().coalesce().values() if tensor.is_sparse else tensor.detach()


def _rms(tensor: Tensor | None) -> float:
    if tensor is None:
        return 0.0
    values = _dense(tensor)
    if not values.numel():
        return 0.0
    wide = values.abs() if values.is_complex() else values
    wide = wide.double() if wide.device.type != "mps" else wide.float()
    return float(wide.square().mean().sqrt())


def reached(model: nn.Module) -> dict[str, bool]:
    """Return trainable parameter → whether it holds a gradient."""
    return {name: p.grad is not None for name, p in model.named_parameters() if p.requires_grad}
