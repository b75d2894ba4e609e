"""Finds where the first NaN or infinity of a step was made: input, weight, operation of the forward, or of the backward."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.hooks import RemovableHandle

from cnndoctor.evidence.train import FirstNonFinite
from cnndoctor.patient.batches import tensors
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session

# Filling in an infinity on purpose (attention masks, running maxima) is no fault.
FILLS = {
    "full",
    "full_like",
    "fill",
    "masked_fill",
    "where",
    "scalar_tensor",
    "lift_fresh",
    "new_full",
    "empty",
    "empty_like",
}
TRIES = 3  # dropout draws anew in each


@dataclass(slots=True)
class _Made:
    """One operation that turned finite numbers into something else, or infinities into NaN."""

    operation: str
    layer: str
    largest: float
    nan: bool

    @property
    def of_finite(self) -> bool:
        """Return whether it was given finite numbers only."""
        return math.isfinite(self.largest)

    def in_words(self) -> str:
        """Return what it did with what it was given."""
        if not self.of_finite:  # none of those that were given it came from finite numbers by an operation
            return f"{self.operation} of infinities that were filled in on purpose, as a mask is, gave NaN"
        return f"{self.operation} of finite numbers up to {self.largest:.3g} gave {'NaN' if self.nan else 'infinity'}"


def find_origin(session: Session, batch: object, step: int) -> FirstNonFinite:
    """Run the offending batch again from the weights as they are and name the first operation that went wrong.

    Weights, buffers, gradients and random states are left as they were.

    Args:
        session: With the weights from before the offending update.
        batch: The batch, prepared.
        step: Index of the step, for the record.
    """
    inputs = session.members.inputs_of(batch)
    if any(not _finite(t) for t in tensors(inputs)):
        return FirstNonFinite(step=step, what="input", detail="the batch itself holds NaN or infinity")
    bad = next((name for name, p in session.model.named_parameters() if not _finite(p)), "")
    if bad:
        detail = f"{bad} was not finite before the step: the update of an earlier step overflowed"
        return FirstNonFinite(
            step=step, what="weight", layer=bad.rpartition(".")[0], operation="", detail=detail
        )
    with preserved_randomness(), _kept_state(session.model):
        for _ in range(TRIES):
            found = _forward(session, batch, step) or _backward(session, batch, step)
            if found is not None:
                return found
    return FirstNonFinite(step=step, what="loss", detail="it did not come again when the batch was repeated")


def _forward(session: Session, batch: object, step: int) -> FirstNonFinite | None:
    with torch.no_grad(), _Layers(session.model) as layers, _Operations(layers.current) as operations:
        computed = session.compute(batch)
    if _finite(computed.loss):
        return None
    made = operations.blamed(nan=bool(computed.loss.isnan().any()))
    if made is None:
        return FirstNonFinite(step=step, what="loss", detail="no single operation could be named")
    return FirstNonFinite(
        step=step,
        what="activation" if made.layer else "loss",
        layer=made.layer,
        operation=made.operation,
        detail=made.in_words(),
        largest=made.largest,
    )


def _backward(session: Session, batch: object, step: int) -> FirstNonFinite | None:
    """Watch every node of the graph: the first that makes a non-finite gradient from finite ones is named."""
    with _Layers(session.model) as layers:
        computed = session.compute(batch)
    blamed: list[tuple[str, str]] = []
    handles = [node.register_hook(_watch_node(node, layers, blamed)) for node in _nodes(computed.loss)]
    trainable = [p for p in session.model.parameters() if p.requires_grad]
    try:
        # With allow_unused a parameter that the loss does not reach gives None, which torch's stubs do not know.
        gradients: tuple[Tensor | None, ...] = torch.autograd.grad(
            computed.loss, trainable, allow_unused=True
        )
    finally:
        for handle in handles:
            handle.remove()
    if all(g is None or _finite(g) for g in gradients):
        return None
    operation, layer = blamed[0] if blamed else ("", "")
    detail = f"the loss is {computed.loss.item():.4g}, but the gradient of {operation or 'an operation'} is not finite"
    return FirstNonFinite(
        step=step,
        what="gradient",
        layer=layer,
        operation=operation,
        detail=detail,
        largest=abs(computed.loss.item()),
    )


def _watch_node(node: Any, layers: _Layers, blamed: list[tuple[str, str]]) -> Callable[..., None]:  # noqa: ANN401 - torch names no type for nodes
    def went(gradient_inputs: tuple[Tensor | None, ...], gradient_outputs: tuple[Tensor | None, ...]) -> None:
        arrived = all(g is None or _finite(g) for g in gradient_outputs)
        left = all(g is None or _finite(g) for g in gradient_inputs)
        if arrived and not left:
            name = node.name().removesuffix("0").removesuffix("Backward").lower()
            blamed.append((name, layers.owner_of(node)))

    return went


def _nodes(loss: Tensor) -> list[Any]:
    seen: dict[Any, None] = {}
    todo = [loss.grad_fn] if loss.grad_fn is not None else []
    while todo:
        node = todo.pop()
        if node in seen:
            continue
        seen[node] = None
        todo += [following for following, _ in node.next_functions if following is not None]
    return list(seen)


class _Layers:
    """Knows which layer is running, and which layer made a node of the graph."""

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._stack: list[str] = []
        self._handles: list[RemovableHandle] = []
        self._owners: dict[Any, str] = {}

    def __enter__(self) -> Self:
        for path, module in self._model.named_modules():
            self._handles.append(module.register_forward_pre_hook(self._enter(path)))
            self._handles.append(module.register_forward_hook(self._leave(path)))
        return self

    def __exit__(self, *_: object) -> None:
        for handle in self._handles:
            handle.remove()

    def current(self) -> str:
        return self._stack[-1] if self._stack else ""

    def owner_of(self, node: Any) -> str:  # noqa: ANN401
        """Return the layer that made this node, or the nearest one before it in the forward."""
        todo, seen = [node], set()
        while todo:
            here = todo.pop(0)
            if here in self._owners:
                return self._owners[here]
            seen.add(here)
            todo += [
                following
                for following, _ in here.next_functions
                if following is not None and following not in seen
            ]
        return ""

    def _enter(self, path: str) -> Callable[..., None]:
        def entered(*_: object) -> None:
            self._stack.append(path)

        return entered

    def _leave(self, path: str) -> Callable[..., None]:
        def left(_module: nn.Module, _inputs: object, output: object) -> None:
            if self._stack:
                self._stack.pop()
            for tensor in tensors(output):
                if tensor.grad_fn is not None:
                    self._owners.setdefault(tensor.grad_fn, path)

        return left


class _Operations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes every operation that makes NaN or infinity out of finite numbers, or NaN out of infinities."""

    def __init__(self, layer: Callable[[], str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._layer = layer
        self._made: list[_Made] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's own signature
        name = func.name().removeprefix("aten::").partition(".")[0].strip("_")
        given = [t for t in tensors([*args, *(kwargs or {}).values()]) if t.is_floating_point()]
        sizes = [_largest(t) for t in given]
        output = func(*args, **(kwargs or {}))
        if any(math.isnan(size) for size in sizes) or name in FILLS:
            return output
        largest = max(sizes, default=0.0)
        made = [t for t in tensors([output]) if t.is_floating_point() and not _finite(t)]
        nan = any(bool(t.isnan().any()) for t in made)
        if nan or (made and math.isfinite(largest)):
            self._made.append(_Made(name, self._layer(), largest, nan))
        return output

    def blamed(self, *, nan: bool) -> _Made | None:
        """Return the first operation that made it; a NaN is looked for first where the loss is NaN.

        Infinities that an operation makes are its fault, whatever makes NaN of them later; those of a mask are nobody's.
        """
        of_finite = [made for made in self._made if made.of_finite]
        if nan and (direct := next((made for made in of_finite if made.nan), None)):
            return direct
        return next(iter(of_finite or self._made), None)


def _finite(tensor: Tensor) -> bool:
    if isinstance(tensor, nn.parameter.UninitializedParameter) or not (
        tensor.is_floating_point() or tensor.is_complex()
    ):
        return True
    return bool(tensor.detach().isfinite().all())


def _largest(tensor: Tensor) -> float:
    """Return the largest magnitude; NaN or infinity when there is one inside."""
    return float(tensor.detach().abs().max()) if tensor.numel() else 0.0


class _kept_state:  # noqa: N801 - used like a function
    """Puts buffers back as they were; gradients are not touched by what runs inside."""

    def __init__(self, model: nn.Module) -> None:
        self._buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]

    def __enter__(self) -> None:
        """Nothing to do: the state is kept already."""

    def __exit__(self, *_: object) -> None:
        for buffer, value in self._buffers:
            buffer.copy_(value)
