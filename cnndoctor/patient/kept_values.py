"""Keeps values in the graph that the user's code takes out of it: what a paired run without cuts is made with."""

from __future__ import annotations

import sys
from types import FrameType, TracebackType
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from cnndoctor.user_code import is_users

# What a detached value is subtracted from, or compared with by a loss, takes it for a constant: a reference, a baseline,
# the second half of a straight-through estimator.
DIFFERENCES = {"sub", "subtract", "rsub", "__sub__", "__rsub__", "isub", "sub_", "__isub__"}
COMPARING = {"kl_div", "cross_entropy", "cosine_similarity", "pairwise_distance"}
DATA: Any = torch.Tensor.data.__get__  # type: ignore[attr-defined]


class KeptInGraph(TorchFunctionMode):
    """While entered, ``detach`` and ``data`` give the value with its graph, ``no_grad`` does nothing, samples have gradients.

    Derivatives that a forward or step takes by itself (``torch.autograd.grad``) can be differentiated once more.

    Left out is what is detached by its meaning: a difference (the usual form of a straight-through estimator and of an
    advantage), and a detached value that is subtracted, or handed to a loss. Writing in place into what has to stay a leaf
    raises, as torch does. The mode belongs to the thread that entered it and ends with the ``with``, after an exception, too.

    Attributes:
        noting: Whether the places are noted; looking them up costs time.
        calls: Name of the call, file and 1-based line of the user's: where values would have left the graph.
    """

    def __init__(self, *, noting: bool = False) -> None:
        super().__init__()
        self.noting = noting
        self.calls: dict[tuple[str, str, int], None] = {}
        self._references: dict[int, Tensor] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget the values of this call."""
        self._references.clear()
        super().__exit__(kind, error, trace)  # type: ignore[no-untyped-call]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's own
        """Let the value stay where the call would take it out of the graph; call everything else as it is."""
        kwargs, name = kwargs or {}, getattr(func, "__name__", "")
        first = args[0] if args else None
        if name == "_set_grad_enabled" and first is False:
            self._note("no_grad")
            return None
        if name == "normal" and any(isinstance(a, Tensor) and a.requires_grad for a in args[:2]):
            return _drawn(*args[:2], generator=kwargs.get("generator"))
        if func is torch.autograd.grad and not kwargs.get("create_graph"):
            self._note("autograd.grad")
            return func(*args, **{**kwargs, "create_graph": True})
        if isinstance(first, Tensor) and first.requires_grad:
            if name == "detach":
                return self._kept(first, "detach")
            if name == "detach_" and not first.is_leaf:
                self._note("detach_")
                return first
            if func == DATA and not first.is_leaf:
                return self._kept(first, "data")
        if self._references and (name in DIFFERENCES or name in COMPARING or name.endswith("_loss")):
            args = tuple(self._constant(value) for value in args)
            kwargs = {key: self._constant(value) for key, value in kwargs.items()}
        return func(*args, **kwargs)

    def _kept(self, value: Tensor, name: str) -> Tensor:
        """Return the value with its graph as a tensor of its own; a difference without."""
        if "sub" in type(value.grad_fn).__name__.lower():
            return value.detach()
        self._note(name)
        kept = value.view_as(value)
        self._references[id(kept)] = kept
        return kept

    def _constant(self, value: Any) -> Any:  # noqa: ANN401
        return value.detach() if isinstance(value, Tensor) and id(value) in self._references else value

    def _note(self, name: str) -> None:
        if not self.noting:
            return
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - a traceback would read every source file on the way
        while frame is not None and not is_users(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None:
            self.calls[(name, frame.f_code.co_filename, frame.f_lineno)] = None


def _drawn(mean: Any, std: Any, *, generator: torch.Generator | None) -> Tensor:  # noqa: ANN401 - a number or a tensor
    """Return what ``torch.normal`` draws, number by number, as a function of mean and spread."""
    like = mean + torch.zeros_like(std) if isinstance(std, Tensor) else mean
    noise = torch.empty_like(like, requires_grad=False).normal_(generator=generator)
    result: Tensor = mean + std * noise
    return result
