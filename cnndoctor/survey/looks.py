"""How images look: a small standardised picture and a 64-bit key each, by which altered copies find each other.

A key holds the signs of 64 random projections of the picture (Charikar 2002, "Similarity estimation techniques from rounding
algorithms"), so pictures alike share nearly all bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from cnndoctor.survey.accumulator import IMAGE_CHANNELS

SMALLEST_SIDE = 8  # of an image; what is smaller has no look
SHIFTED_SIDE = 20  # from here on images are compared a pixel off, too
# The standardised picture's: MNIST without its border. At 16 other people's digits look like copies.
SIDE = 26
KEY_SIDE = 8
MOST_LOOKS = 100_000  # kept of one split: 93 MB
OFFSETS = tuple((down, right) for down in (0, -1, 1) for right in (0, -1, 1))

Keys = npt.NDArray[np.uint64]
Pictures = npt.NDArray[np.int8]
Coarse = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]
Chosen = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Look:
    """How some images of one size look.

    Attributes:
        seen: [N] which of the images have a look; those without contrast have none.
        keys: [M] one for each image seen.
        coarse: [M, 64] unit vectors: the image at 8×8, which tells most neighbours apart at a tenth of the cost.
        centred: [M, P] pictures with mean 0.
        largest: [M] largest value of each, apart from its sign.
    """

    seen: Chosen
    keys: Keys
    coarse: Coarse
    centred: Coarse
    largest: Coarse

    @property
    def side(self) -> int:
        """Return the number of pixels of a picture."""
        return int(self.centred.shape[1])

    def pictures(self, rows: Indices | slice = slice(None)) -> Pictures:
        """Return standardised pictures [.., P] of some of the images seen: mean 0, largest value 127."""
        scale = 127 / self.largest[rows].clip(1e-12)
        scaled = torch.from_numpy(self.centred[rows]) * torch.from_numpy(scale)[:, None]
        pictures: Pictures = scaled.round_().to(torch.int8).numpy()
        return pictures


def images_of(batch: Tensor) -> Tensor | None:
    """Return grey images [N, H, W]; None for what is no image or is small.

    Args:
        batch: [N, C, H, W], [N, H, W, C] or [N, H, W].
    """
    if batch.is_complex() or batch.ndim not in {3, 4}:
        return None
    if batch.ndim == 4:
        if batch.shape[1] in IMAGE_CHANNELS:
            batch = batch[:, 0] if batch.shape[1] == 1 else batch.float().mean(1)
        elif batch.shape[-1] in IMAGE_CHANNELS:
            batch = batch.float().mean(-1)
        else:
            return None
    return batch.float() if min(batch.shape[1:]) >= SMALLEST_SIDE else None


# Images with NaN and infinities have no look, and need no warning.
@np.errstate(invalid="ignore", over="ignore")
def look_at(images: Tensor, offset: tuple[int, int] = (0, 0)) -> Look:
    """Return how images look; larger ones without their border, which a shift replaces.

    Args:
        images: [N, H, W] floats.
        offset: Pixels down and right by which the border is cut elsewhere; (0, 0) for small images.
    """
    height, width = images.shape[1:]
    if min(height, width) >= SHIFTED_SIDE:
        down, right = offset
        images = images[:, 1 + down : height - 1 + down, 1 + right : width - 1 + right]
        height, width = images.shape[1:]
    size = (min(height, SIDE), min(width, SIDE))
    small = images if size == (height, width) else adaptive_avg_pool2d(images[:, None], size)[:, 0]
    pictures = small.flatten(1)
    mean = pictures.mean(1, keepdim=True)
    centred = pictures - mean
    largest = torch.maximum(-centred.amin(1), centred.amax(1)).numpy()
    apart = np.isfinite(largest) & (largest > 1e-3 * mean[:, 0].abs().numpy() + 1e-6)
    if size == (height, width):
        coarse = _coarsely(centred.view(small.shape))
    else:
        coarse = (adaptive_avg_pool2d(images[:, None], KEY_SIDE).flatten(1) - mean).numpy()
    return _look(apart, coarse, centred.numpy(), largest)


def _look(seen: Chosen, coarse: Coarse, centred: Coarse, largest: Coarse) -> Look:
    """Return the look of images, those seen of [N, ...] pictures around their mean."""
    if not seen.all():
        coarse, centred, largest = coarse[seen], centred[seen], largest[seen]
    # torch's product: NumPy's takes every core for one of this size, and longer (OpenBLAS, measured on two cores).
    projected = (torch.from_numpy(coarse) @ _projection()).numpy()
    keys = np.packbits(projected > 0, axis=1).view(np.uint64)[:, 0]
    lengths = np.sqrt(np.einsum("ij,ij->i", coarse, coarse)).clip(1e-12)
    return Look(seen, keys, coarse / lengths[:, None], centred, largest)


def _coarsely(images: Tensor) -> Coarse:
    """Return images at 8×8, [N, 64]: each pixel is the mean over what ``adaptive_avg_pool2d`` takes for it.

    Two matrix products, at a quarter of its cost for small images; NumPy's, which ``torch.set_float32_matmul_precision`` leaves
    exact.

    Args:
        images: [N, H, W].
    """
    height, width = images.shape[1:]
    pooled = np.matmul(np.matmul(_windows(height), images.numpy()), _windows(width).T)
    coarse: Coarse = pooled.reshape(len(images), KEY_SIDE**2)
    return coarse


@cache
def _windows(length: int) -> Coarse:
    """Return [8, length] weights of the means over eight windows along one side."""
    weights = np.zeros((KEY_SIDE, length), np.float32)
    for place in range(KEY_SIDE):
        start, end = place * length // KEY_SIDE, -(-(place + 1) * length // KEY_SIDE)
        weights[place, start:end] = 1 / (end - start)
    return weights


def is_shiftable(images: Tensor) -> bool:
    """Return whether images are large enough to be compared a pixel off."""
    return min(images.shape[1:]) >= SHIFTED_SIDE


@cache
def _projection() -> Tensor:
    """Return [64, 64] random directions, the same in every run."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(KEY_SIDE**2, 64, generator=generator, dtype=torch.float32)
