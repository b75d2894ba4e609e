"""Runs code in float64 whatever it casts to, and notes where it leaves the graph on purpose."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from cnndoctor.user_code import is_users

LOW = (torch.float32, torch.float16, torch.bfloat16)
CASTS = {"float", "half", "bfloat16"}
# Calls that take a value out of the graph; what follows is a constant for backward, not for differences.
LEAVING = {"detach", "detach_", "item", "tolist", "numpy", "__float__"}
STRAIGHT_THROUGH = {"gumbel_softmax"}  # detaches inside, where the mode does not look
HOOKS = {"register_hook", "register_post_accumulate_grad_hook"}


class InDouble(TorchFunctionMode):
    """Turns every cast to a lower precision into one to float64.

    Attributes:
        left_graph: Names of calls by which values left the graph, or by which gradients are changed on purpose.
        silent_writes: Whether a tensor of the graph was written to through ``.data``, which autograd cannot see.
        lower_precision: Whether something was computed in lower precision all the same (autocast inside the model).
        listening: Whether calls are noted; off during backward.
    """

    def __init__(self) -> None:
        super().__init__()
        self.left_graph: set[str] = set()
        self.silent_writes = False
        self.lower_precision = False
        self.listening = True
        self._aliases: set[int] = set()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's own
        name = getattr(func, "__name__", "")
        if self.listening:
            self._note(name, args)
            if (
                func is torch.autograd.grad
                and not (kwargs or {}).get("create_graph")
                and _is_called_by_user()
            ):
                self.left_graph.add("autograd.grad")
        if args and isinstance(args[0], Tensor) and (name in CASTS or _casts_by_type(name, args)):
            return args[0].double()
        if name == "__get__":
            result = func(*args, **(kwargs or {}))
            self._note_alias(func, args, result)
            return result
        writes = (name.endswith("_") and not name.endswith("__")) or name == "__setitem__"
        args = tuple(a if writes and i == 0 else _doubled(a) for i, a in enumerate(args))
        result = func(
            *args,
            **{key: _doubled(value) if key != "out" else value for key, value in (kwargs or {}).items()},
        )
        if isinstance(result, Tensor) and result.requires_grad and result.dtype in LOW:
            self.lower_precision = True
        return result

    def _note(self, name: str, args: tuple[Any, ...]) -> None:
        first = args[0] if args else None
        if name == "_set_grad_enabled" and first is False and torch.is_grad_enabled():
            self.left_graph.add("no_grad")
        elif isinstance(first, Tensor):
            leaves = name in LEAVING or name in STRAIGHT_THROUGH
            if name in HOOKS or (leaves and first.requires_grad and torch.is_grad_enabled()):
                self.left_graph.add(name)
            if self._aliases and (name == "__setitem__" or (name.endswith("_") and not name.endswith("__"))):
                self.silent_writes |= _storage(first) in self._aliases

    def _note_alias(self, func: object, args: tuple[Any, ...], result: object) -> None:
        if not self.listening or func != DATA or not torch.is_grad_enabled():
            return
        if args[0].requires_grad:
            self.left_graph.add("data")
            if not args[0].is_leaf and isinstance(result, Tensor):
                self._aliases.add(_storage(result))


DATA: Callable[..., Any] = torch.Tensor.data.__get__  # type: ignore[attr-defined]


@contextmanager
def default_double() -> Iterator[None]:
    """Let tensors that code makes without a dtype be float64."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _is_called_by_user() -> bool:
    """Return whether the function of torch that is running was called by the user's code, and not by a probe."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - a traceback would read every source file on the way
    while frame is not None and frame.f_globals.get("__name__", "").split(".")[0] == "torch":
        frame = frame.f_back
    return frame is not None and is_users(frame.f_code.co_filename)


def _casts_by_type(name: str, args: tuple[Any, ...]) -> bool:
    """Return whether this is ``x.type(torch.FloatTensor)`` or its name as text."""
    return (
        name == "type"
        and len(args) > 1
        and any(word in str(args[1]) for word in ("FloatTensor", "HalfTensor"))
    )


def _doubled(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, torch.dtype):
        return torch.float64 if value in LOW else value
    if isinstance(value, Tensor):
        return value.double() if value.dtype in LOW else value
    if type(value) in (list, tuple):
        return type(value)(_doubled(one) for one in value)
    return value


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
