"""Catches the tensors that meet at the loss, also inside a user's step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cnndoctor.patient.asked import to_ask
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import loss_name
from cnndoctor.probes.chains import REARRANGING, producer
from cnndoctor.probes.trace import OUTSIDE, Operation

LOSS_CALLS = {
    "cross_entropy", "nll_loss", "mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "kl_div",
    "binary_cross_entropy_with_logits", "soft_margin_loss", "multi_margin_loss", "ctc_loss", "poisson_nll_loss",
}  # fmt: skip
DIFFERENCES = {"sub", "rsub", "subtract"}
SLICING = {"getitem", "select", "narrow", "index_select", "chunk", "split", "unbind"}
# How a loss written by hand begins.
ACTIVATIONS = {"sigmoid", "logsigmoid", "softmax", "log_softmax"}


@dataclass(slots=True, kw_only=True)
class LossCall:
    """The last call of the configured loss; empty when it was not called.

    Attributes:
        loss: The loss itself.
        args: Its positional arguments.
        kwargs: Its named arguments.
        value: What it returned.
        met: Prediction and target of every call where both are tensors.
        calls: How often it was called.
        asked: The loss that questions are put to, so that the run's own does not remember them; None before the first.
    """

    loss: Callable[..., Any] | None = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    value: Any = None
    met: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    calls: int = 0
    asked: Callable[..., Any] | None = None

    @property
    def prediction(self) -> Tensor | None:
        """Return the prediction; None when it is no tensor."""
        return self.args[0] if self.args and isinstance(self.args[0], Tensor) else None

    @property
    def target(self) -> Tensor | None:
        """Return the target; None when it is no tensor."""
        return self.args[1] if len(self.args) > 1 and isinstance(self.args[1], Tensor) else None

    def again(self, prediction: Tensor, target: Tensor | None = None) -> Tensor:
        """Return what the loss says of another prediction, beside everything else that it was called with.

        Args:
            prediction: Stands in place of the prediction.
            target: Stands in place of the target; None leaves it as it was.

        Raises:
            Exception: Whatever the loss raises: it never promised to take this, nor to return a tensor.
        """
        if self.asked is None:
            assert self.loss is not None
            self.asked = to_ask(self.loss)
        rest = self.args[1:] if target is None else (target, *self.args[2:])
        value = self.asked(prediction, *rest, **self.kwargs)
        if not isinstance(value, Tensor):
            raise TypeError(f"the loss returned {type(value).__name__}")
        return value

    def aligned_value(self) -> float:
        """Return the loss with the prediction in the target's shape; NaN unless both hold equally many in other shapes."""
        prediction, target = self.prediction, self.target
        if self.loss is None or prediction is None or target is None or prediction.shape == target.shape:
            return math.nan
        if prediction.numel() != target.numel():
            return math.nan
        with torch.no_grad():
            value = self.again(prediction.reshape(target.shape))
        return float(value.detach().float().mean())


@contextmanager
def recorded_loss(session: Session) -> Iterator[LossCall]:
    """Watch the session's loss inside the block; it is the session's own again afterwards.

    Args:
        session: Whose loss is watched.
    """
    call, loss = LossCall(), session.loss

    def note(args: tuple[Any, ...], kwargs: dict[str, Any], value: object) -> None:
        call.loss, call.args, call.kwargs, call.value = loss, args, kwargs, value
        call.calls += 1
        if call.prediction is not None and call.target is not None:
            call.met.append((call.prediction, call.target))

    if isinstance(loss, nn.Module):
        handle = loss.register_forward_hook(
            lambda _m, args, kwargs, value: note(args, kwargs, value), with_kwargs=True
        )
        try:
            yield call
        finally:
            handle.remove()
        return
    if loss is None:
        yield call
        return

    def watched(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - a loss takes what it likes
        value = loss(*args, **kwargs)
        note(args, kwargs, value)
        return value

    watched.__name__ = loss_name(loss)  # what a loss is called decides how a session calls it
    session.loss = watched
    try:
        yield call
    finally:
        session.loss = loss


def taker(operations: Sequence[Operation], made: int) -> Operation | None:
    """Return the loss function, or else the activation, that the model's output went into; None when none did.

    Args:
        operations: Trace of forward and loss.
        made: Operation that made the model's output.
    """
    if made == OUTSIDE:
        return None
    taken = [
        op
        for op in operations[made + 1 :]
        if op.name in LOSS_CALLS | ACTIVATIONS and _takes(operations, op, made)
    ]
    return next((op for op in reversed(taken) if op.name in LOSS_CALLS), taken[0] if taken else None)


def is_difference(operations: Sequence[Operation], made: int) -> bool:
    """Return whether the model's output, or a slice of it, is subtracted from what no operation and no parameter made.

    Args:
        operations: Trace of forward and loss.
        made: Operation that made the model's output.
    """
    if made == OUTSIDE:
        return False
    return any(_subtracts(operations, op, made) for op in operations[made + 1 :] if op.name in DIFFERENCES)


def _subtracts(operations: Sequence[Operation], op: Operation, made: int) -> bool:
    if len(op.producers) != 2 or op.input_shapes[0] != op.input_shapes[1] or any(op.parameters):
        return False
    origins = {_origin(operations, index, made) for index in op.producers}
    return origins == {made, OUTSIDE}


def _origin(operations: Sequence[Operation], index: int, made: int) -> int:
    """Return the operation behind views and slices of a tensor."""
    while index not in {OUTSIDE, made} and operations[index].name in REARRANGING | SLICING:
        producers = operations[index].producers
        index = producers[0] if producers else OUTSIDE
    return index


def _takes(operations: Sequence[Operation], op: Operation, made: int) -> bool:
    """Return whether the operation takes what another one made, as it is or rearranged."""
    before = producer(operations, op)
    return op.producers[:1] == (made,) or (before is not None and before.index == made)
