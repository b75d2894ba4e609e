"""How images look: a small standardised picture and a 64-bit key each, by which altered copies find each other.

A key holds the signs of 64 random projections of the picture (Charikar 2002, "Similarity estimation techniques from rounding
algorithms"), so pictures alike share nearly all bits. Keys are sorted in four rotations; a copy stands next to its original in
one of them. What stands next to each other is held picture against picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from cnndoctor.survey.accumulator import IMAGE_CHANNELS

SMALLEST_SIDE = 8
SHIFTED_SIDE = 20  # from here on images are compared a pixel off, too
SIDE = (
    26  # the standardised picture's: MNIST without its border. At 16 other people's digits look like copies
)
KEY_SIDE = 8
# Correlations. The nearest of 60,000 MNIST digits to 1,500 others: 0.9886 at most; copies with noise of 0.03 of the range, JPEG
# at 75 or another brightness: above 0.992. Below 20 pixels, where people's digits come to 0.9987: noise of 0.01 stays above.
ALIKE = 0.992
ALIKE_SMALL = 0.9992
ALIKE_COARSELY = 0.997  # at 8×8, where noise of single pixels averages out: what is alike comes to 0.999
ALIKE_APART_FROM_MEAN = 0.95  # of what the two do not share with all pictures: a common frame makes no copy
ROTATIONS = (0, 16, 32, 48)
NEIGHBOURS = 4  # on either side in the sorted order
MOST_BITS = 5  # that two keys may differ in
MOST_LOOKS = 100_000  # kept of one split: 93 MB
PAIRS_AT_ONCE = 4_000  # both sides of them stay in a processor's cache
MOST_FOR_MEAN = 4_096  # pictures, evenly spaced: the mean of more hardly differs
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


@dataclass(slots=True)
class Shelf:
    """Looks of images whose pictures have one size, in the order they came."""

    keys: list[Keys] = field(default_factory=list)
    coarse: list[Coarse] = field(default_factory=list)
    pictures: list[Pictures] = field(default_factory=list)
    indices: list[Indices] = field(default_factory=list)
    starts: Indices | None = (
        None  # position of the first of each part in ``pictures``, which stay as they came
    )
    sorted: list[tuple[Keys, Indices]] = field(default_factory=list)  # for each rotation: keys, positions
    mean: npt.NDArray[np.float32] | None = None

    def add(self, indices: Indices, look: Look) -> None:
        """Add images by their sample index; nothing may be added once the shelf was searched."""
        self.keys.append(look.keys)
        self.coarse.append(look.coarse)
        self.pictures.append(look.pictures())
        self.indices.append(indices[look.seen])

    def order(self) -> None:
        """Sort the keys in each rotation and take the mean picture; done once."""
        if self.sorted:
            return
        self.starts = np.cumsum([0, *map(len, self.keys[:-1])])
        self.keys, self.coarse = [np.concatenate(self.keys)], [np.concatenate(self.coarse)]
        self.indices = [np.concatenate(self.indices)]
        for rotation in ROTATIONS:
            turned = _turned(self.keys[0], rotation)
            order = np.argsort(turned, kind="stable")
            self.sorted.append((turned[order], order))
        size = len(self.keys[0])
        some = self._pictures(np.arange(0, size, -(-max(1, size) // MOST_FOR_MEAN)))
        self.mean = _unit(some).sum(0) / max(1, len(some))

    def _pictures(self, rows: Indices) -> Pictures:
        """Return pictures by their position; few are ever asked for, so that all of them are not put into one array."""
        assert self.starts is not None
        parts = np.searchsorted(self.starts, rows, side="right") - 1
        places = (rows - self.starts[parts]).tolist()
        found = [self.pictures[part][place] for part, place in zip(parts.tolist(), places, strict=True)]
        return np.stack(found) if found else self.pictures[0][:0]

    def copies(self, looks: Sequence[Look]) -> list[tuple[int, int]]:
        """Return (place among the images, sample index on the shelf) of pairs that look the same, in the order of the looks.

        Args:
            looks: Looks of the same images, each with its border cut elsewhere; pictures of the shelf's size.
        """
        self.order()
        keys = np.concatenate([look.keys for look in looks])
        if not len(keys) or not len(self.keys[0]):
            return []
        found = [self._beside(keys, rotation) for rotation in range(len(ROTATIONS))]
        ours, theirs = self._alike_coarsely(np.concatenate([look.coarse for look in looks]), found)
        starts = np.cumsum([0, *(len(look.keys) for look in looks)])
        pairs: list[tuple[int, int]] = []
        for start, end, look in zip(starts[:-1], starts[1:], looks, strict=True):
            here = slice(*np.searchsorted(ours, (start, end)))
            if here.start < here.stop:
                rows = ours[here] - start
                kept = self._alike(look.pictures(rows), theirs[here])
                places = np.flatnonzero(look.seen)[rows[kept]].tolist()
                pairs += zip(places, self.indices[0][theirs[here][kept]].tolist(), strict=True)
        return pairs

    def pairs(self) -> list[tuple[int, int]]:
        """Return sample indices of pairs on the shelf that look the same."""
        self.order()
        beside = [
            _one_after(turned, order, distance)
            for turned, order in self.sorted
            for distance in range(1, NEIGHBOURS + 1)
        ]
        ours, theirs = self._alike_coarsely(self.coarse[0], beside)
        parts = [slice(start, start + PAIRS_AT_ONCE) for start in range(0, len(ours), PAIRS_AT_ONCE)]
        numbers = self.indices[0]
        pairs: list[tuple[int, int]] = []
        for part in parts:
            kept = self._alike(self._pictures(ours[part]), theirs[part])
            pairs += zip(
                numbers[ours[part][kept]].tolist(), numbers[theirs[part][kept]].tolist(), strict=True
            )
        return pairs

    def _beside(self, keys: Keys, rotation: int) -> tuple[Indices, Indices]:
        """Return pairs that stand beside each other in one rotation and differ in few bits."""
        turned, order = self.sorted[rotation]
        ours = _turned(keys, ROTATIONS[rotation])
        place = np.searchsorted(turned, ours)
        beside = (place[:, None] + np.arange(-NEIGHBOURS, NEIGHBOURS)).clip(0, len(order) - 1)
        near = _bits_apart(ours[:, None], turned[beside]) <= MOST_BITS
        rows, columns = np.nonzero(near)
        return rows, order[beside[rows, columns]]

    def _alike_coarsely(
        self, coarse: Coarse, found: list[tuple[Indices, Indices]]
    ) -> tuple[Indices, Indices]:
        """Return the pairs found that agree at 8×8, each once and in order."""
        size = len(self.keys[0])
        alike = [
            (a * size + b)[_agree_coarsely(coarse.take(a, axis=0), self.coarse[0].take(b, axis=0))]
            for ours, theirs in found
            for a, b in _chunks(ours, theirs)
        ]
        pairs = np.unique(np.concatenate(alike)) if alike else np.zeros(0, np.int64)
        return pairs // size, pairs % size

    def _alike(self, pictures: Pictures, theirs: Indices) -> Chosen:
        """Return which pictures agree with those on the shelf, also in what they do not share with all others."""
        assert self.mean is not None
        limit = ALIKE_SMALL if pictures.shape[1] < (SHIFTED_SIDE - 2) ** 2 else ALIKE
        return _agree(pictures, self._pictures(theirs), self.mean, limit)


def _one_after(turned: Keys, order: Indices, distance: int) -> tuple[Indices, Indices]:
    """Return pairs of positions, smaller first, that stand so far apart in the sorted order and differ in few bits."""
    near = _bits_apart(turned[distance:], turned[:-distance]) <= MOST_BITS
    one, other = order[distance:][near], order[:-distance][near]
    return np.minimum(one, other), np.maximum(one, other)


def _agree_coarsely(one: Coarse, other: Coarse) -> Chosen:
    agree: Chosen = np.einsum("ij,ij->i", one, other) > ALIKE_COARSELY
    return agree


def _agree(one: Pictures, other: Pictures, mean: npt.NDArray[np.float32], limit: float) -> Chosen:
    a, b = _unit(one), _unit(other)
    agree = np.einsum("ij,ij->i", a, b) > limit
    a, b = a[agree] - mean, b[agree] - mean
    across = np.einsum("ij,ij->i", a, b)
    lengths = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
    agree[agree] = across > ALIKE_APART_FROM_MEAN * lengths
    result: Chosen = agree
    return result


def _chunks(ours: Indices, theirs: Indices) -> Iterator[tuple[Indices, Indices]]:
    for start in range(0, len(ours), PAIRS_AT_ONCE):
        yield ours[start : start + PAIRS_AT_ONCE], theirs[start : start + PAIRS_AT_ONCE]


def _unit(pictures: Pictures) -> Coarse:
    wide = pictures.astype(np.float32)
    wide /= np.sqrt(np.einsum("ij,ij->i", wide, wide)).clip(1e-9)[:, None]
    return wide


def _turned(keys: Keys, by: int) -> Keys:
    if not by:
        return keys
    turned: Keys = (keys << np.uint64(by)) | (keys >> np.uint64(64 - by))
    return turned


def _bits_apart(one: Keys, other: Keys) -> Keys:
    """Return how many bits differ (Warren, Hacker's Delight, section 5-1: NumPy counts bits itself only from version 2 on)."""
    x = one ^ other
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    counted: Keys = (x * np.uint64(0x0101010101010101)) >> np.uint64(56)
    return counted


@cache
def _projection() -> Tensor:
    """Return [64, 64] random directions, the same in every run."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(KEY_SIDE**2, 64, generator=generator, dtype=torch.float32)
