"""Colour images and sequences whose values were put into another shape instead of having their axes swapped."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from cnndoctor.patient.unscramble import COLOURS, IMAGES, has_colours_last
from cnndoctor.survey.chunks import Chunk

MOST = 100  # images or sequences that are looked at
MOST_VALUES = 2**24  # in all of them: 100 images of 224 x 224, 20 of 512 x 512
FEWEST = 20
LEAST_SIDE = 6
# An undone scramble has less than this share of the steps between neighbouring pixels. CIFAR-10 as it should be: 2.1 (1.6 and
# more in 19 of 20 images); reshaped from height, width, colour: 0.4; the other way round: 0.5; at 8 pixels a side 0.7 (1.4 as
# it should be); grey images in three channels 0.6 (1.6); noise 1.0.
SMOOTHER = 0.8
# Sequences [T, C] that are [C, T] in memory: from one value to the next is a step in time, across the end of a row as within
# it, and a leap only where the next channel begins. Windows of six channels of a power grid, and sine waves, reshaped: steps to
# the next value 0.3 of those to the next row, across rows 1.0 of those within, leaps 2.6 to 4.7. As they should be: 2.4 and
# more, channels alike 0.2 with 6.1 across rows, spectra 0.8 with 14, noise 1.0.
NEXT_TO_ROW, ACROSS, LEAP = 0.6, (0.8, 1.25), 1.8
MOST_CHANNELS, LEAST_STEPS = 64, 8
ALMOST_ALL = 0.8  # share of the samples


@dataclass(slots=True)
class Scramble:
    """How much smoother the first images or sequences of a split are when a reshape is undone."""

    ratios: dict[str, list[float]] = field(default_factory=lambda: {way: [] for way in IMAGES})
    sequences: list[Tensor] = field(default_factory=list)

    def take(self, chunk: Chunk) -> None:
        """Look at images of three or four colours, [N, C, H, W] or [N, H, W, C], and at sequences [N, T, C]."""
        if chunk.inputs is None:
            return
        most = min(MOST, MOST_VALUES // max(1, chunk.inputs[0].numel()))
        if _is_sequence(chunk.inputs, self.sequences):
            self.sequences += chunk.inputs[: max(0, most - len(self.sequences))].unbind()
            return
        seen = len(self.ratios["colours-last"])
        if seen >= most:
            return
        images = _coloured(chunk.inputs[: most - seen])
        if images is None:
            return
        before = _steps(images)
        told = before > 0
        for way, undone in IMAGES.items():
            self.ratios[way] += (_steps(undone(images))[told] / before[told]).tolist()

    def found(self) -> tuple[str, float]:
        """Return the way of scrambling that nearly all images, or the sequences, show, and by what undoing it smooths them.

        Returns:
            ``("", nan)`` where there is none, or too few images to tell.
        """
        for way, ratios in self.ratios.items():
            if len(ratios) >= FEWEST:
                middle = sorted(ratios)[len(ratios) // 2]
                if middle <= SMOOTHER and sum(r < 1 for r in ratios) >= ALMOST_ALL * len(ratios):
                    return way, middle
        steps = _undone_steps(self.sequences)
        return ("time-last", steps) if math.isfinite(steps) else ("", math.nan)


def _coloured(batch: Tensor) -> Tensor | None:
    if batch.ndim != 4 or batch.is_complex():
        return None
    if has_colours_last(batch):
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


def _is_sequence(batch: Tensor, before: list[Tensor]) -> bool:
    if batch.ndim != 3 or not batch.is_floating_point() or not 2 <= batch.shape[2] <= MOST_CHANNELS:
        return False
    alike = not before or before[0].shape == batch.shape[1:]
    return batch.shape[1] >= LEAST_STEPS and alike and bool(batch.isfinite().all())


def _undone_steps(sequences: list[Tensor]) -> float:
    """Return the steps in time of sequences that were reshaped, as a share of those that they show; NaN for sound ones."""
    if len(sequences) < FEWEST:
        return math.nan
    steps, channels = sequences[0].shape
    flat = torch.stack(sequences).flatten(1).double()
    following = flat.diff(dim=1).abs()
    place = torch.arange(1, steps * channels)
    begins = place % steps == 0  # of the next channel, if [C, T] is what lies in memory
    wraps = (place % channels == 0) & ~begins
    within, across, leap = (float(following[:, which].mean()) for which in (~begins & ~wraps, wraps, begins))
    rows = float((flat[:, channels:] - flat[:, :-channels]).abs().mean())
    if not (within > 0 and rows > 0):
        return math.nan
    even = ACROSS[0] <= across / within <= ACROSS[1]
    return within / rows if within <= NEXT_TO_ROW * rows and even and leap >= LEAP * within else math.nan
