"""One step of the user's own, watched: what reaches the model and the loss, and what comes out."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from cnndoctor.patient.batches import Members, first_tensor, tensors
from cnndoctor.patient.session import Session

PAIR = 2  # a plain tuple of two is inputs and targets


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedStep:
    """What one step was seen to do.

    Attributes:
        batch: The prepared batch, as the step left it.
        free_members: Tensors of each member that the batch came with, where inputs and targets may be any of them.
        reached: Tensors that the model was given.
        met: Tensors that the loss was given beside its first argument.
        outputs_as_given: Whether the outputs it names hold the numbers of what the loss was given first; also where it names
            none, or calls no loss.
        loss: The loss that the step may call; None when it needs none.
        loss_called: Whether it did.
        outputs: What the step names as outputs; None where it hides them.
        named: What it says besides: its mapping; empty where it returns the loss alone.
    """

    batch: Any
    free_members: Mapping[str | int, Sequence[Tensor]]
    reached: Sequence[Tensor]
    met: Sequence[Tensor]
    outputs_as_given: bool
    loss: Callable[..., Any] | None
    loss_called: bool
    outputs: Any
    named: Mapping[str, Any]

    def targets(self, members: Members) -> Any:  # noqa: ANN401 - a batch holds what the user put in
        """Return the targets that the step names, or with a loss those of the batch; None where nothing tells.

        Args:
            members: Which members of the batch are its inputs and targets.
        """
        if "targets" in self.named:
            return self.named["targets"]
        return members.targets_of(self.batch) if self.loss is not None else None


def watch_step(session: Session, batch: object) -> WatchedStep:
    """Run the session's own step once, without an update.

    Args:
        session: A fresh session with a step.
        batch: A prepared batch.

    Raises:
        UserCodeError: The step raised.
    """
    step, loss = session.step, session.loss
    assert step is not None
    free, reached = free_members(batch), list[Tensor]()
    results: list[object] = []
    watched = _WatchedLoss(loss) if loss is not None else None

    def keep(_module: object, arguments: object, named: object) -> None:
        reached.extend(tensors((arguments, named)))

    def noted(*arguments: object) -> object:
        results.append(step(*arguments))
        return results[-1]

    session.step, session.loss = noted, watched
    handle = session.model.register_forward_pre_hook(keep, with_kwargs=True)
    try:
        computed = session.compute(batch)
    finally:
        handle.remove()
        session.step, session.loss = step, loss
    return WatchedStep(
        batch=batch,
        free_members=free,
        reached=reached,
        met=watched.met if watched is not None else (),
        outputs_as_given=watched is None or watched.took(computed.outputs),
        loss=loss,
        loss_called=watched is not None and watched.called,
        outputs=computed.outputs,
        named=results[-1] if isinstance(results[-1], Mapping) else {},
    )


def free_members(batch: object) -> dict[str | int, list[Tensor]]:
    """Return the tensors of each member, by name or position, where inputs and targets may be any of them.

    They may in a mapping and in a plain tuple of three members and more; there are none of a pair, or of anything else.

    Args:
        batch: A prepared batch.
    """
    if isinstance(batch, Mapping):
        members: Sequence[tuple[Hashable, object]] = list(batch.items())
    elif isinstance(batch, tuple | list) and type(batch) in {tuple, list} and len(batch) != PAIR:
        members = list(enumerate(batch))
    else:
        return {}
    named = {key: list(tensors(value)) for key, value in members if isinstance(key, str | int)}
    return named if PAIR <= len(named) == len(members) else {}


class _WatchedLoss:
    """Stands for the loss while one step runs; knows afterwards whether it was called, and with what."""

    def __init__(self, loss: Callable[..., Any]) -> None:
        self._loss = loss
        self.called = False
        self.met: list[Tensor] = []
        self._given: list[Tensor] = []

    def __call__(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - a loss takes and returns what it likes
        self.called = True
        self._given.extend(tensors(arguments[:1]))
        self.met.extend(tensors((arguments[1:], named)))
        return self._loss(*arguments, **named)

    def took(self, outputs: object) -> bool:
        """Return whether the loss was given these outputs, in whatever shape; also where nobody can tell."""
        named = first_tensor(outputs, floating=True)
        return named is None or not self._given or any(_same_numbers(named, given) for given in self._given)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._loss, name)


def _same_numbers(left: Tensor, right: Tensor) -> bool:
    if left is right:
        return True
    flat, other = left.detach().flatten(), right.detach().flatten()
    return flat.shape == other.shape and bool((flat == other).all())
