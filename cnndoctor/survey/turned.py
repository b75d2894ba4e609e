"""Masks that are turned or mirrored against their images: do the images fit them better another way round?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from cnndoctor.evidence.data import TurnedMasks
from cnndoctor.survey.sample import Sample

MOST_SAMPLES = 128
FEWEST_SAMPLES = 20  # chosen: nine of ten of so many are no luck
MOST_CLASSES = 50  # values of a mask; more are measurements
FEWEST_POSITIONS = (
    8  # along each axis: boards and one-hot words are no images, and may well be asked for another way round
)
LARGEST = 1 << 18  # positions of an image that is looked at
SIDE = 128  # positions along an axis that tell a way round from another; of larger images every second or third is taken
# Of the samples that must fit better the other way round: chosen; symmetric masks give a half.
NEARLY_ALL = 0.9
# As much of the images' variance must be explained: chosen. In 36 segmentations of scripts/clinic.py with masks that fit, the
# best other way explains 0.7 of it at most, with masks that were flipped at random 1.2.
TWICE = 2.0
SOMETHING = 0.05  # of the variance, or masks have nothing to do with brightness

# What may have been done to a mask, in words, and how it is undone; the first three need no square.
TURNS: dict[str, Callable[[Tensor], Tensor]] = {
    "mirrored left to right": lambda mask: mask.flip(-1),
    "upside down": lambda mask: mask.flip(-2),
    "turned by half a turn": lambda mask: mask.flip(-1, -2),
    "transposed": lambda mask: mask.mT,
    "turned to the left": lambda mask: mask.rot90(-1, (-2, -1)),
    "turned to the right": lambda mask: mask.rot90(1, (-2, -1)),
    "mirrored along the other diagonal": lambda mask: mask.mT.flip(-1, -2),
}


@dataclass(slots=True)
class Turned:
    """Asks of each image how much of its variance its mask explains as it is, and each other way round."""

    as_given: list[float] = field(default_factory=list)
    other: dict[str, list[float]] = field(default_factory=dict)

    def add(self, sample: Sample) -> None:
        """Add a sample with an image [C, H, W] and a mask [H, W] or [1, H, W]; others are passed over."""
        image, mask = sample.inputs.value, sample.targets.value
        if image is None or mask is None or len(self.as_given) >= MOST_SAMPLES:
            return
        if mask.ndim == 3 and len(mask) == 1:
            mask = mask[0]
        if mask.ndim != 2 or image.ndim != 3 or image.shape[-2:] != mask.shape or not _usable(image, mask):
            return
        step = max(1, max(mask.shape) // SIDE)
        image, mask = (one.detach()[..., ::step, ::step].cpu() for one in (image, mask))
        values, classes = torch.unique(mask, return_inverse=True)
        if not 1 < len(values) <= MOST_CLASSES:
            return
        pixels = image.double().reshape(-1, *mask.shape)
        explained = _explained(pixels, classes, len(values))
        if explained is None:
            return
        self.as_given.append(explained)
        square = mask.shape[0] == mask.shape[1]
        for name, undo in list(TURNS.items())[: None if square else 3]:
            share = _explained(pixels, undo(classes), len(values))
            self.other.setdefault(name, []).append(share if share is not None else 0.0)

    def found(self) -> TurnedMasks | None:
        """Return the way round that nearly all images fit better, by far; None where there is none."""
        count = len(self.as_given)
        if count < FEWEST_SAMPLES:
            return None
        as_given = sum(self.as_given) / count
        # Images of different shapes may not all have been tried each way.
        tried = {name: shares for name, shares in self.other.items() if len(shares) == count}
        best = max(tried, key=lambda name: sum(tried[name]), default=None)
        if best is None:
            return None
        explained = sum(tried[best]) / count
        better = sum(new > old for new, old in zip(tried[best], self.as_given, strict=True)) / count
        if better < NEARLY_ALL or explained < max(SOMETHING, TWICE * as_given):
            return None
        return TurnedMasks(how=best, as_given=as_given, undone=explained, better=better, samples=count)


def _usable(image: Tensor, mask: Tensor) -> bool:
    real = not image.is_complex() and not mask.is_complex()
    fits = min(mask.shape) >= FEWEST_POSITIONS and mask.numel() <= LARGEST
    return real and fits and bool(image.isfinite().all()) and bool(mask.isfinite().all())


def _explained(pixels: Tensor, classes: Tensor, count: int) -> float | None:
    """Return the share of the variance of pixels [C, H, W] that lies between the classes [H, W]; None without variance."""
    flat, index = pixels.reshape(len(pixels), -1), classes.reshape(-1)
    members = torch.bincount(index, minlength=count).clamp_min(1)
    sums = torch.zeros(len(flat), count, dtype=flat.dtype).index_add_(1, index, flat)
    mean = flat.mean(1, keepdim=True)
    between = ((sums / members - mean).square() * members).sum()
    whole = (flat - mean).square().sum()
    return float(between / whole) if whole > 0 else None
