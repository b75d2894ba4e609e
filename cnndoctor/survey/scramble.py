"""Colour images whose values were put into another shape instead of having their axes swapped, as the data set gives them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from cnndoctor.survey.chunks import Chunk

MOST = 100  # images that are looked at
FEWEST = 20
COLOURS = (3, 4)
LEAST_SIDE = 6
# An undone scramble has less than this share of the steps between neighbouring pixels. CIFAR-10 as it should be: 2.1 (1.6 and
# more in 19 of 20 images); reshaped from height, width, colour: 0.4; the other way round: 0.5; at 8 pixels a side 0.7 (1.4 as
# it should be); grey images in three channels 0.6 (1.6); noise 1.0.
SMOOTHER = 0.8
ALMOST_ALL = 0.8


def _from_colours_last(images: Tensor) -> Tensor:
    """Undo ``reshape(C, H, W)`` of images that are [H, W, C] in memory."""
    count, colours, height, width = images.shape
    return images.reshape(count, height, width, colours).permute(0, 3, 1, 2)


def _from_colours_first(images: Tensor) -> Tensor:
    """Undo ``reshape(H, W, C)`` of images that are [C, H, W] in memory, which then had their axes swapped."""
    return images.permute(0, 2, 3, 1).reshape(images.shape)


WAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "colours-last": _from_colours_last,
    "colours-first": _from_colours_first,
}


@dataclass(slots=True)
class Scramble:
    """How much smoother the first images of a split are when a reshape is undone."""

    ratios: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in WAYS})

    def take(self, chunk: Chunk) -> None:
        """Look at images of three or four colours, [N, C, H, W] or [N, H, W, C]; anything else is left out."""
        seen = len(self.ratios["colours-last"])
        if chunk.inputs is None or seen >= MOST:
            return
        images = _coloured(chunk.inputs[: MOST - seen])
        if images is None:
            return
        before = _steps(images)
        told = before > 0
        for way, undone in WAYS.items():
            self.ratios[way] += (_steps(undone(images))[told] / before[told]).tolist()

    def found(self) -> tuple[str, float]:
        """Return the way of scrambling that nearly all images show, and by which factor undoing it smooths them.

        Returns:
            ``("", nan)`` where there is none, or too few images to tell.
        """
        for way, ratios in self.ratios.items():
            if len(ratios) >= FEWEST:
                middle = sorted(ratios)[len(ratios) // 2]
                if middle <= SMOOTHER and sum(r < 1 for r in ratios) >= ALMOST_ALL * len(ratios):
                    return way, middle
        return "", math.nan


def _coloured(batch: Tensor) -> Tensor | None:
    if batch.ndim != 4 or batch.is_complex():
        return None
    if batch.shape[1] not in COLOURS and batch.shape[-1] in COLOURS:
        batch = batch.movedim(-1, 1)
    if batch.shape[1] not in COLOURS or min(batch.shape[2:]) < LEAST_SIDE:
        return None
    images = batch.float()
    return images if bool(torch.isfinite(images).all()) else None


def _steps(images: Tensor) -> Tensor:
    """Return the mean absolute difference of neighbouring pixels of each image, [N]."""
    rows = images.diff(dim=2).abs().mean((1, 2, 3))
    columns = images.diff(dim=3).abs().mean((1, 2, 3))
    return rows + columns
