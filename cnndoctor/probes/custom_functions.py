"""Finds the custom autograd functions of a graph, records their calls, and checks each function by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.numeric_gradient import Comparison, compare, direction_step, random_direction

MOST_NODES = 100_000
MOST_CALLS = 3  # of one function that are checked; a fault of a backward shows in each
DIRECTIONS = 3
BACKWARD_SEED = 20_203


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a custom function.

    Attributes:
        function: The function.
        arguments: Its arguments; tensors are detached copies.
        differentiated: Positions of the tensors that needed a gradient.
        layer: Path of the module whose forward made the call; None outside the model (loss, step).
    """

    function: type[torch.autograd.Function]
    arguments: tuple[Any, ...]
    differentiated: tuple[int, ...]
    layer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the check of one call came to.

    Attributes:
        call: The call.
        error: Largest relative error over arguments and directions.
        analytic: What backward gives there.
        numeric: What differences give there.
        meant: Why backward differs on purpose: ``straight-through``, ``identity``; empty when nothing says so.
    """

    call: Call
    error: float
    analytic: float = 0.0
    numeric: float = 0.0
    meant: str = ""


def custom_functions(loss: Tensor) -> dict[str, type[torch.autograd.Function]]:
    """Return the autograd functions of the user's own in the graph of ``loss``, by name.

    Args:
        loss: Any tensor with a graph.
    """
    found: dict[str, type[torch.autograd.Function]] = {}
    seen: set[object] = set()
    waiting = [loss.grad_fn]
    while waiting and len(seen) < MOST_NODES:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        function = getattr(node, "_forward_cls", None)
        if function is not None and not function.__module__.startswith("torch."):
            found[function.__name__] = function
        waiting.extend(parent for parent, _ in node.next_functions)
    return dict(sorted(found.items()))


@contextmanager
def recorded(
    functions: Sequence[type[torch.autograd.Function]], layer: Callable[[], str | None]
) -> Iterator[list[Call]]:
    """Record the calls of these functions while the block runs.

    Args:
        functions: Custom functions; their ``forward`` is wrapped and put back.
        layer: Says which module is running.
    """
    calls: list[Call] = []
    own = {function: "forward" in vars(function) for function in functions}
    before = {function: inspect.getattr_static(function, "forward") for function in functions}
    try:
        for function in functions:
            function.forward = staticmethod(_recording(function, function.forward, calls, layer))  # type: ignore[method-assign]
        yield calls
    finally:
        for function in functions:
            if own[function]:
                function.forward = before[function]  # type: ignore[method-assign]
            else:
                del function.forward


def judge_call(call: Call, generator: torch.Generator) -> Judged | None:
    """Check the backward of one call by itself; None when it cannot be run by itself.

    Args:
        call: A recorded call.
        generator: Directions and weights come from it.
    """
    arguments = [a.detach().clone() if isinstance(a, Tensor) else a for a in call.arguments]
    leaves = [arguments[i].requires_grad_() for i in call.differentiated]
    outputs = _outputs(call, arguments)
    if not outputs or not leaves:
        return None
    if len(outputs) == 1 and isinstance(arguments[0], Tensor) and _same(outputs[0], arguments[0]):
        return Judged(call=call, error=0.0, meant="identity")
    weights = [torch.randn(o.shape, generator=generator, dtype=torch.float64).to(o.device) for o in outputs]

    def scalar() -> Tensor:
        with preserved_randomness():  # a forward that draws draws the same each time
            made = _outputs(call, arguments)
        return torch.stack([(o * w).sum() for o, w in zip(made, weights, strict=True)]).sum()

    base = scalar()
    with preserved_randomness():
        torch.manual_seed(BACKWARD_SEED)  # and a backward does not get the forward's numbers again
        gradients: tuple[Tensor | None, ...] = torch.autograd.grad(base, leaves, allow_unused=True)
    worst: Comparison | None = None
    flat = False
    for leaf, gradient in zip(leaves, gradients, strict=True):
        given = gradient.detach() if gradient is not None else torch.zeros_like(leaf)
        found = [
            compare(
                lambda: float(scalar().detach()),
                leaf,
                given,
                random_direction(leaf, generator),
                step=direction_step(leaf),
                base=float(base.detach()),
            )
            for _ in range(DIRECTIONS)
        ]
        flat |= all(one.flat for one in found)
        worst = max(
            [*_judgeable(found), *([worst] if worst else [])], key=lambda one: one.error, default=None
        )
    meant = "straight-through" if flat else ""
    if worst is None:
        return Judged(call=call, error=0.0, meant=meant)
    return Judged(call=call, error=worst.error, analytic=worst.analytic, numeric=worst.numeric, meant=meant)


def _judgeable(found: Sequence[Comparison]) -> list[Comparison]:
    """Return the directions that rounding noise and kinks let us judge."""
    return [one for one in found if not one.unsure and not one.kink]


def _recording(
    function: type[torch.autograd.Function],
    forward: Callable[..., Any],
    calls: list[Call],
    layer: Callable[[], str | None],
) -> Callable[..., Any]:
    def recorder(*arguments: Any, **keywords: Any) -> Any:  # noqa: ANN401
        given = (
            arguments[1:]
            if arguments and isinstance(arguments[0], torch.autograd.function.FunctionCtx)
            else arguments
        )
        if sum(call.function is function for call in calls) < MOST_CALLS and not keywords:
            calls.append(
                Call(
                    function=function,
                    arguments=tuple(a.detach().clone() if isinstance(a, Tensor) else a for a in given),
                    differentiated=tuple(
                        i
                        for i, a in enumerate(given)
                        if isinstance(a, Tensor) and a.requires_grad and a.is_floating_point()
                    ),
                    layer=layer(),
                )
            )
        return forward(*arguments, **keywords)

    return recorder


def _outputs(call: Call, arguments: Sequence[Any]) -> list[Tensor]:
    result = call.function.apply(*arguments)  # type: ignore[no-untyped-call]
    members = result if isinstance(result, tuple) else (result,)
    return [m for m in members if isinstance(m, Tensor) and m.is_floating_point() and m.requires_grad]


def _same(output: Tensor, given: Tensor) -> bool:
    return output.shape == given.shape and bool(torch.equal(output.detach(), given.detach()))
