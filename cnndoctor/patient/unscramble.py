"""Undoes a reshape that stands where axes were to be swapped, for colour images and sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

COLOURS = (3, 4)


def from_colours_last(images: Tensor) -> Tensor:
    """Undo ``reshape(C, H, W)`` of images [N, C, H, W] that are [H, W, C] in memory."""
    count, colours, height, width = images.shape
    return images.reshape(count, height, width, colours).permute(0, 3, 1, 2)


def from_colours_first(images: Tensor) -> Tensor:
    """Undo ``reshape(H, W, C)`` of images that are [C, H, W] in memory and had their axes swapped then, [N, C, H, W]."""
    return images.permute(0, 2, 3, 1).reshape(images.shape)


def from_time_last(sequences: Tensor) -> Tensor:
    """Undo ``reshape(T, C)`` of sequences [N, T, C] that are [C, T] in memory."""
    count, steps, channels = sequences.shape
    return sequences.reshape(count, channels, steps).transpose(1, 2)


IMAGES: dict[str, Callable[[Tensor], Tensor]] = {
    "colours-last": from_colours_last,
    "colours-first": from_colours_first,
}


def has_colours_last(images: Tensor) -> bool:
    """Return whether images [N, ...] are given as [N, H, W, C]."""
    return images.shape[1] not in COLOURS and images.shape[-1] in COLOURS


def unscrambled(way: str) -> Callable[[Any], Any]:
    """Return what undoes one way of scrambling in the inputs of a batch; inputs of another kind are left as they are.

    Args:
        way: colours-last, colours-first or time-last, as the data stage tells it.
    """

    def undone(inputs: Any) -> Any:  # noqa: ANN401 - a batch holds what the user put in
        if not isinstance(inputs, Tensor):
            return inputs
        if inputs.ndim != (4 if way in IMAGES else 3):
            return inputs
        if way not in IMAGES:
            found = from_time_last(inputs)
        elif has_colours_last(inputs):
            found = IMAGES[way](inputs.movedim(-1, 1)).movedim(1, -1)
        else:
            found = IMAGES[way](inputs)
        return found.contiguous()  # as a batch is that a loader puts together: a model may want to view it

    return undone
