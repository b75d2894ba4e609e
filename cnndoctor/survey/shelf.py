"""Looks of images on a shelf, where altered copies find each other.

Keys are sorted in four rotations; a copy stands next to its original in one of them. What stands next to each other is held
picture against picture.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from cnndoctor.survey.looks import SHIFTED_SIDE, Chosen, Coarse, Indices, Keys, Look, Pictures

# Correlations. The nearest of 60,000 MNIST digits to 1,500 others: 0.9886 at most; copies with noise of 0.03 of the range, JPEG
# at 75 or another brightness: above 0.992. Below 20 pixels, where people's digits come to 0.9987: noise of 0.01 stays above.
ALIKE = 0.992
ALIKE_SMALL = 0.9992
ALIKE_COARSELY = 0.997  # at 8×8, where noise of single pixels averages out: what is alike comes to 0.999
ALIKE_APART_FROM_MEAN = 0.95  # of what the two do not share with all pictures: a common frame makes no copy
ROTATIONS = (0, 16, 32, 48)
NEIGHBOURS = 4  # on either side in the sorted order
MOST_BITS = 5  # that two keys may differ in
PAIRS_AT_ONCE = 4_000  # both sides of them stay in a processor's cache
MOST_FOR_MEAN = 4_096  # pictures, evenly spaced: the mean of more hardly differs


@dataclass(slots=True)
class Shelf:
    """Looks of images whose pictures have one size, in the order they came."""

    keys: list[Keys] = field(default_factory=list)
    coarse: list[Coarse] = field(default_factory=list)
    pictures: list[Pictures] = field(default_factory=list)
    indices: list[Indices] = field(default_factory=list)
    # Position of the first of each part in ``pictures``, which stay as they came.
    starts: Indices | None = None
    sorted: list[tuple[Keys, Indices]] = field(default_factory=list)  # for each rotation: keys, positions
    mean: Coarse | None = None

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


def _agree(one: Pictures, other: Pictures, mean: Coarse, limit: float) -> Chosen:
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
