"""A loss that may be asked questions: what it counts, averages or keeps meanwhile is not the run's."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from torch import nn


def to_ask(loss: Callable[..., Any]) -> Callable[..., Any]:
    """Return a loss that answers as this one does, and may be called on anything as often as it takes.

    A running mean, a queue, a count of calls or the last value that is kept for a log would otherwise hold answers to
    questions that no training asks.

    Args:
        loss: A module, a function or a partial.

    Returns:
        A copy that shares the parameters: a loss that holds a teacher is not made twice. What cannot be copied whole, as
        where the last value is kept with its graph, is copied on its surface; a plain function is itself.
    """
    owner = getattr(loss, "__self__", loss)  # of a method
    held = [one for one in (owner, *getattr(owner, "__dict__", {}).values()) if isinstance(one, nn.Module)]
    shared: dict[int, Any] = {
        id(parameter): parameter for module in held for parameter in module.parameters()
    }
    try:
        return copy.deepcopy(loss, shared)
    except Exception:  # noqa: BLE001 - the user's objects say in many ways that they cannot be copied
        return copy.copy(loss)
