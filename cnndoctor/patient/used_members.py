"""Which members of a batch a step of the user's own hands to the model, and which it learns from: seen in one step."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from cnndoctor.patient.batches import Members, tensors
from cnndoctor.patient.session import Session

NONE = Members(inputs=0, targets="")  # no batch has a member without a name


def used_members(session: Session, batch: object) -> Members | None:
    """Return the members that reach the model and the one that is learnt from; None where the usual ones say as much.

    The usual ones are the first and the second member. A mapping, or a tuple of three members and more, may hold them anywhere.

    Args:
        session: A fresh session with a step; its model makes one forward, and no update.
        batch: A prepared batch.

    Raises:
        UserCodeError: The step raised.
    """
    parts = _parts(batch)
    if session.step is None or len(parts) < 2 or (len(parts) == 2 and not isinstance(batch, Mapping)):
        return None
    reached, learnt = _watched(session, batch)
    keys = list(parts)
    inputs = [key for key in keys if _any_alike(parts[key], reached)]
    targets = [key for key in keys if key not in inputs and _any_alike(parts[key], learnt)]
    if not inputs or (inputs == keys[:1] and targets in ([], keys[1:2])):
        return None
    return Members(
        inputs=inputs[0] if len(inputs) == 1 else tuple(inputs), targets=targets[0] if targets else ""
    )


def _parts(batch: object) -> dict[Any, list[Tensor]]:
    """Return the tensors of each member of a mapping, by name, or of a plain tuple, by position."""
    if isinstance(batch, Mapping):
        members: Sequence[tuple[Hashable, object]] = list(batch.items())
    elif isinstance(batch, tuple | list) and type(batch) in {tuple, list}:
        members = list(enumerate(batch))
    else:
        return {}
    named = all(isinstance(key, str | int) for key, _ in members)
    return {key: list(tensors(value)) for key, value in members} if named else {}


def _watched(session: Session, batch: object) -> tuple[list[Tensor], list[Tensor]]:
    """Return what reached the model in one step, and what the step names as targets or hands to the loss beside its output."""
    reached: list[Tensor] = []
    learnt: list[Tensor] = []

    def keep(_module: object, arguments: object, named: object) -> None:
        reached.extend(tensors((arguments, named)))

    loss, members = session.loss, session.members
    session.members = NONE
    if loss is not None:
        session.loss = _keeping(loss, learnt)
    handle = session.model.register_forward_pre_hook(keep, with_kwargs=True)
    try:
        learnt.extend(tensors(session.compute(batch).targets))
    finally:
        handle.remove()
        session.loss, session.members = loss, members
    return reached, learnt


def _keeping(loss: Callable[..., Tensor], into: list[Tensor]) -> Callable[..., Tensor]:
    """Return the loss, which keeps what it is given after its first argument."""

    def kept(*arguments: Any, **named: Any) -> Tensor:  # noqa: ANN401 - a loss takes what it likes
        into.extend(tensors((arguments[1:], named)))
        return loss(*arguments, **named)

    return kept


def _any_alike(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> bool:
    return any(_alike(one, other) for one in ours for other in theirs)


def _alike(one: Tensor, other: Tensor) -> bool:
    """Return whether two tensors share their memory, or hold the same numbers in another type or shape."""
    if not one.numel() or one.numel() != other.numel():
        return False
    if one.untyped_storage().data_ptr() == other.untyped_storage().data_ptr():
        return True
    if one.is_complex() or other.is_complex():
        return False
    return bool(torch.equal(one.detach().reshape(-1).double(), other.detach().reshape(-1).double()))
