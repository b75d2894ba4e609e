"""Finds whose backward is wrong once a model's gradient is: custom functions first, then modules, each by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from cnndoctor.evidence.gradient import ModuleCheck
from cnndoctor.patient.batches import tensors, transform
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.probes.custom_functions import BACKWARD_SEED, Judged, custom_functions, judge_call, recorded
from cnndoctor.probes.double_precision import InDouble
from cnndoctor.probes.numeric_gradient import OK, compare, direction_step, held_row, random_direction
from cnndoctor.probes.replay import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """One call of a module: its arguments, tensors detached."""

    path: str
    module: nn.Module
    arguments: tuple[Any, ...]
    keywords: dict[str, Any]


def guilty_functions(
    loss: Callable[[], Tensor],
    model: nn.Module,
    functions: Sequence[type[torch.autograd.Function]],
    generator: torch.Generator,
    mode: InDouble,
) -> list[Judged]:
    """Check the recorded calls of each custom function by themselves.

    Args:
        loss: Runs forward and loss.
        model: The double model.
        functions: Custom functions found in its graph.
        generator: Directions come from it.
        mode: The float64 mode that the model runs under.
    """
    if not functions:
        return []
    with _running(model) as where, recorded(functions, where) as calls:
        loss()
    judged = []
    for call in calls:
        try:
            with preserved_randomness(), _unheard(mode):
                one = judge_call(call, generator)
        except Exception:  # noqa: BLE001, S112 - user code out of its context: not being checkable alone is no fault
            continue
        if one is not None:
            judged.append(one)
    return judged


def guilty_modules(
    loss: Callable[[], Tensor], model: nn.Module, generator: torch.Generator, mode: InDouble, box: TimeBox
) -> Iterator[ModuleCheck]:
    """Yield the innermost modules of the user's own whose gradient is wrong by itself, worst first.

    Args:
        loss: Runs forward and loss.
        model: The double model.
        generator: Directions come from it.
        mode: The float64 mode that the model runs under.
        box: No module is begun after it is over.
    """
    found: dict[str, ModuleCheck] = {}
    for heard in sorted(_heard(loss, model), key=lambda one: -one.path.count(".") - bool(one.path)):
        if box.over:
            break
        if any(path.startswith(f"{heard.path}." if heard.path else "") for path in found):
            continue  # a part of it is guilty already
        try:
            with _unheard(mode):
                error, names = _module_error(heard, generator)
        except Exception:  # noqa: BLE001, S112 - a module out of its context may refuse; that is no fault
            continue
        if error > OK:
            found[heard.path] = module_check(model, heard.path, error, names)
    yield from sorted(found.values(), key=lambda one: -one.error)


def module_check(
    model: nn.Module, path: str | None, error: float, names: tuple[str, ...], function: type | None = None
) -> ModuleCheck:
    """Describe a guilty module; outside the model (loss, step) the function stands for it.

    Args:
        model: The model.
        path: Module path; empty for the model itself, None for code outside of it.
        error: Its relative error.
        names: Custom functions in it.
        function: The guilty custom function, where it is known.
    """
    kind = type(model.get_submodule(path)) if path is not None else (function or type(model))
    file, line = _source(kind)
    backward_file, backward_line = _source(getattr(function, "backward", None))
    return ModuleCheck(
        path=path or "",
        kind=kind.__name__,
        error=error,
        functions=names,
        source_file=file,
        source_line=line,
        backward_file=backward_file,
        backward_line=backward_line,
    )


def _module_error(heard: _Heard, generator: torch.Generator) -> tuple[float, tuple[str, ...]]:
    leaves: list[Tensor] = [
        p for p in heard.module.parameters() if p.requires_grad and p.dtype == torch.float64
    ]
    for tensor in tensors((heard.arguments, heard.keywords)):
        if tensor.dtype == torch.float64:
            leaves.append(tensor.requires_grad_())
    replay = Replay(heard.module)
    weights: list[Tensor] = []

    def scalar() -> Tensor:
        replay.restore()
        with preserved_randomness():
            # Copies, because a module may write into its input in place.
            copies = transform((heard.arguments, heard.keywords), torch.clone)
            result = heard.module(*copies[0], **copies[1])
        outputs = [t for t in tensors(result) if t.dtype == torch.float64 and t.requires_grad]
        if not weights:
            weights.extend(
                torch.randn(o.shape, generator=generator, dtype=torch.float64).to(o.device) for o in outputs
            )
        return torch.stack([(o * w).sum() for o, w in zip(outputs, weights, strict=True)]).sum()

    base = scalar()
    names = tuple(custom_functions(base))
    with preserved_randomness():
        torch.manual_seed(BACKWARD_SEED)  # in training the generator has moved on since the forward
        gradients: tuple[Tensor | None, ...] = torch.autograd.grad(base, leaves, allow_unused=True)
    worst = 0.0
    for leaf, gradient in zip(leaves, gradients, strict=True):
        if gradient is None:
            continue
        direction = random_direction(leaf, generator, held_row(heard.module, leaf))
        one = compare(
            lambda: float(scalar().detach()),
            leaf,
            gradient.to_dense(),
            direction,
            step=direction_step(leaf),
            base=float(base.detach()),
        )
        if not one.unsure and not one.kink:
            worst = max(worst, one.error)
    return worst, names


def _heard(loss: Callable[[], Tensor], model: nn.Module) -> list[_Heard]:
    """Run once and keep the first call of every module of the user's own (torch's own are right)."""
    calls: dict[str, _Heard] = {}
    handles = []

    def keep(path: str) -> Callable[..., None]:
        def entered(module: nn.Module, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> None:
            if path not in calls:
                copies = transform((arguments, keywords), lambda t: t.detach().clone())
                calls[path] = _Heard(path=path, module=module, arguments=copies[0], keywords=copies[1])

        return entered

    try:
        for path, module in model.named_modules():
            if not type(module).__module__.startswith("torch."):
                handles.append(module.register_forward_pre_hook(keep(path), with_kwargs=True))
        loss()
    finally:
        for handle in handles:
            handle.remove()
    return list(calls.values())


@contextmanager
def _running(model: nn.Module) -> Iterator[Callable[[], str | None]]:
    """Give a function that says which module's forward is running; None outside of all."""
    stack: list[str] = []
    handles = []

    def enter(path: str) -> Callable[..., None]:
        return lambda *_: stack.append(path)

    def leave(*_: object) -> None:
        stack.pop()

    try:
        for path, module in model.named_modules():
            handles.append(module.register_forward_pre_hook(enter(path)))
            handles.append(module.register_forward_hook(leave, always_call=True))
        yield lambda: stack[-1] if stack else None
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _unheard(mode: InDouble) -> Iterator[None]:
    """Run in float64 without noting what leaves the graph."""
    mode.listening = False
    try:
        with mode:
            yield
    finally:
        mode.listening = True


def _source(thing: object) -> tuple[str, int]:
    """Return file and line of a class or function; empty for what has no source."""
    try:
        return inspect.getsourcefile(thing) or "", inspect.getsourcelines(thing)[1]  # type: ignore[arg-type]
    except (TypeError, OSError):
        return "", 0
