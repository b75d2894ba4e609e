"""Which members of a batch a step of the user's own hands to the model, and which it learns from: seen in one step."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from cnndoctor.patient.batches import Members, tensors
from cnndoctor.patient.watched_step import WatchedStep


def used_members(step: WatchedStep) -> Members | None:
    """Return the members that reach the model and the one that is learnt from; None where the usual ones say as much.

    The usual ones are the first and the second member. A mapping, or a tuple of three members and more, may hold them anywhere.

    Args:
        step: What the step was seen to do.
    """
    parts = step.free_members
    learnt = [*step.met, *tensors(step.named.get("targets"))]
    keys = list(parts)
    inputs = [key for key in keys if _any_alike(parts[key], step.reached)]
    targets = [key for key in keys if key not in inputs and _any_alike(parts[key], learnt)]
    if not inputs or (inputs == keys[:1] and targets in ([], keys[1:2])):
        return None
    return Members(
        inputs=inputs[0] if len(inputs) == 1 else tuple(inputs), targets=targets[0] if targets else ""
    )


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
