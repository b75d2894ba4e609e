"""Finds where the graph between loss and parameters is cut, and which parameters the forward never uses."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import torch
from torch import Tensor, nn

from cnndoctor.evidence.first_batch import CutPoint
from cnndoctor.probes.calls import Calls
from cnndoctor.probes.source import source_of
from cnndoctor.probes.trace import Operation

# Calls that leave the graph, in the order in which they are looked for.
LEAVING = (
    "detach",
    "data",
    "numpy",
    "item",
    "tolist",
    "tensor",
    "as_tensor",
    "argmax",
    "round",
    "sign",
    "floor",
    "bernoulli",
)
CHANGE = 0.5  # relative change of a parameter that shows whether anything depends on it
# Chosen: a frozen body of a hundred layers is asked one by one where a forward takes 0.2 s.
MOST_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreached:
    """Trainable parameters that got no gradient.

    Attributes:
        unused: Nothing depends on them: their layer never ran, or its output is thrown away.
        cut_off: The loss depends on them, and yet no gradient came.
    """

    unused: tuple[str, ...] = ()
    cut_off: tuple[str, ...] = ()


def unreached(model: nn.Module, without_gradient: Collection[str], loss: Callable[[], float]) -> Unreached:
    """Tell unused parameters from those that are cut off, by changing them and looking at the loss.

    Layer by layer, as long as that does not take too long: the rest is then changed, and told, together.

    Args:
        model: The model; left as it was.
        without_gradient: Names of trainable parameters whose gradient is None after a backward pass.
        loss: Computes the loss of the batch, the same at every call.
    """
    unused: list[str] = []
    cut_off: list[str] = []
    parameters = dict(model.named_parameters())
    names = [name for name in parameters if name in without_gradient]
    if not names:
        return Unreached()
    base = loss()
    waiting = list(dict.fromkeys(name.rpartition(".")[0] for name in names))
    end = perf_counter() + MOST_SECONDS
    while waiting:
        asked = waiting[:1] if perf_counter() < end else waiting
        waiting = waiting[len(asked) :]
        own = [name for name in names if name.rpartition(".")[0] in asked]
        matters = _matters([parameters[name] for name in own], base, loss)
        (cut_off if matters else unused).extend(own)
    return Unreached(unused=tuple(unused), cut_off=tuple(cut_off))


def cut_point(
    model: nn.Module,
    cut_off: Sequence[str],
    reached: Collection[str],
    calls: Mapping[str, Calls],
    operations: Sequence[Operation],
) -> CutPoint | None:
    """Return where the graph is cut.

    Args:
        model: The model.
        cut_off: Names of parameters that matter and get no gradient.
        reached: Names of parameters that get one.
        calls: Which layers ran, in which order.
        operations: Trace of the forward; finds the source line.

    Returns:
        None when nothing is cut off.
    """
    if not cut_off:
        return None
    before = {name.rpartition(".")[0] for name in cut_off}
    last = max((calls[layer].position for layer in before if layer in calls), default=-1)
    beyond = sorted(
        (calls[layer].position, layer)
        for layer in {name.rpartition(".")[0] for name in reached} - before
        if layer in calls and calls[layer].position > last
    )
    layer = (
        beyond[0][1]
        if beyond
        else max(before, key=lambda path: calls[path].position if path in calls else -1)
    )
    file, line = _leaving_line(operations, before, beyond[0][1] if beyond else "")
    if not file:
        file, line = source_of(model, layer)
    return CutPoint(layer=layer, cut_off=tuple(cut_off), source_file=file, source_line=line)


def _matters(parameters: Sequence[Tensor], base: float, loss: Callable[[], float]) -> bool:
    """Return whether the loss changes when these parameters do; each is put back bit for bit."""
    before = [p.detach().clone() for p in parameters]
    with torch.no_grad():
        for parameter in parameters:
            if parameter.is_floating_point():
                ramp = torch.linspace(-1, 1, max(1, parameter.numel())).to(parameter).reshape(parameter.shape)
                parameter.mul_(1 + CHANGE).add_(ramp * 0.1)
        try:
            changed = loss()
        finally:
            for parameter, value in zip(parameters, before, strict=True):
                parameter.copy_(value)
    return not (changed == base or (math.isnan(changed) and math.isnan(base)))


def _leaving_line(operations: Sequence[Operation], before: Collection[str], beyond: str) -> tuple[str, int]:
    """Return the user's line that leaves the graph: the last one between the layers cut off and the first beyond."""
    inside = [op.index for op in operations if op.layer in before and any(op.parameters)]
    outside = [op.index for op in operations if op.layer == beyond and any(op.parameters)] if beyond else []
    first, last = (min(inside), max(inside)) if inside else (0, -1)
    end = min((i for i in outside if i > last), default=len(operations))
    users = [op for op in operations if op.file and not op.in_torch]
    switched_off = [
        op
        for op in users
        if op.name == "set_grad_enabled" and op.index <= first and op.value("mode", 0) is False
    ]
    between = [op for op in users if last < op.index < end and op.name in LEAVING]
    for op in sorted(between, key=lambda op: (LEAVING.index(op.name), -op.index)):
        return op.file, op.line
    return (switched_off[-1].file, switched_off[-1].line) if switched_off else ("", 0)
