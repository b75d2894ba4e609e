"""Swaps axes where a forward reshapes them: what a model whose view scrambles its values is treated with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

RESHAPES = frozenset({"view", "reshape"})
Shape = tuple[int, ...]


def permutation(before: Shape, after: Shape) -> Shape | None:
    """Return the axes that a permute would take to come from one shape to the other; None where none does, or nothing moves.

    Of axes of equal size the first comes first.

    Args:
        before: Shape without the batch axis.
        after: Likewise.
    """
    left, axes = list(range(len(before))), []
    for size in after:
        axis = next((a for a in left if before[a] == size), None)
        if axis is None:
            return None
        left.remove(axis)
        axes.append(axis)
    return None if left or axes == sorted(axes) else tuple(axes)


def put_permutes(model: nn.Module, shapes: tuple[tuple[Shape, Shape], ...]) -> None:
    """Let every forward of the model swap axes where it views or reshapes samples from one of these shapes to the other.

    Args:
        model: Changed in place.
        shapes: Pairs of shapes of a sample, before and after.

    Raises:
        RuntimeError: No permute takes one of the shapes to the other.
    """
    axes: dict[tuple[Shape, Shape], Shape] = {}
    for before, after in shapes:
        order = permutation(before, after)
        if order is None:
            raise RuntimeError(f"no permute takes {before} to {after}")
        axes[before, after] = order
    forward = model.forward

    def swapped(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the user's forward takes and gives
        with _Permutes(axes):
            return forward(*arguments, **named)

    model.forward = swapped


class _Permutes(TorchFunctionMode):
    """Answers a reshape between known shapes with a permute."""

    def __init__(self, axes: Mapping[tuple[Shape, Shape], Shape]) -> None:
        super().__init__()
        self._axes = axes

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's own
        """Call everything as it is but reshapes between the known shapes."""
        made = func(*args, **(kwargs or {}))
        if getattr(func, "__name__", "") not in RESHAPES or not isinstance(made, torch.Tensor):
            return made
        given: Tensor = args[0]
        order = self._axes.get((tuple(given.shape[1:]), tuple(made.shape[1:])))
        if order is None or len(given) != len(made):
            return made
        return given.permute(0, *(axis + 1 for axis in order)).contiguous()
