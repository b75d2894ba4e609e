"""Fingerprints of samples: a content hash for equal ones, a difference hash and thumbnail for images that look the same."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from cnndoctor.survey.accumulator import IMAGE_CHANNELS

SMALLEST_SIDE = 20  # below this, images of one class share their difference hash by nature
THUMBNAIL = 16
BANDS = 4  # two hashes that differ in fewer bits than there are bands agree in at least one band (pigeonhole)
MOST_BITS = 3  # Hamming distance of near duplicates
LEAST_CORRELATION = (
    0.994  # of thumbnails: resized and noisy copies stay above, 999 of 1,000 digits of 28×28 below
)
MOST_CANDIDATES = 40  # of one band: a band shared by more is a common look, not a copy


@dataclass(frozen=True, slots=True)
class Look:
    """How an image looks: 64 bits of brightness differences, and a standardised grey thumbnail."""

    bits: int
    thumbnail: Tensor  # [256] float16, mean 0, norm 1


def content_hash(value: Tensor) -> bytes:
    """Return 16 bytes that are equal for equal dtype, shape and content.

    Args:
        value: Any tensor.
    """
    plain = value.detach().cpu().contiguous()
    digest = hashlib.blake2b(f"{plain.dtype}{tuple(plain.shape)}".encode(), digest_size=16)
    digest.update(plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.numel() else b"")
    return digest.digest()


def look_of(image: Tensor) -> Look | None:
    """Return how an image looks; None for what is no image, is small or has no contrast.

    Args:
        image: [C, H, W], [H, W, C] or [H, W].
    """
    grey = _grey(image)
    if grey is None or min(grey.shape) < SMALLEST_SIDE:
        return None
    small = adaptive_avg_pool2d(grey[None, None], (THUMBNAIL, THUMBNAIL)).flatten()
    centred = small - small.mean()
    norm = centred.norm()
    if not bool(torch.isfinite(norm)) or float(norm) < 1e-3 * (float(small.abs().mean()) + 1e-6) * THUMBNAIL:
        return None
    rows = adaptive_avg_pool2d(grey[None, None], (8, 9))[0, 0]
    bits = (rows[:, 1:] > rows[:, :-1]).flatten().tolist()
    return Look(sum(1 << i for i, bit in enumerate(bits) if bit), (centred / norm).half())


def _grey(image: Tensor) -> Tensor | None:
    if image.is_complex() or image.ndim not in {2, 3}:
        return None
    if image.ndim == 2:
        return image.float()
    if image.shape[0] in IMAGE_CHANNELS:
        return image.float().mean(0)
    return image.float().mean(-1) if image.shape[-1] in IMAGE_CHANNELS else None


@dataclass(slots=True)
class Looks:
    """An index of looks that finds near duplicates without comparing everything with everything."""

    looks: dict[int, Look] = field(default_factory=dict)
    bands: dict[tuple[int, int], list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, index: int, look: Look) -> None:
        """Add one image."""
        self.looks[index] = look
        for band in _bands(look.bits):
            self.bands[band].append(index)

    def near(self, look: Look) -> Iterator[int]:
        """Yield the indices of images that look the same."""
        seen: set[int] = set()
        for band in _bands(look.bits):
            candidates = self.bands.get(band, [])
            for index in candidates if len(candidates) <= MOST_CANDIDATES else ():
                if index not in seen:
                    seen.add(index)
                    if _same(self.looks[index], look):
                        yield index


def _bands(bits: int) -> list[tuple[int, int]]:
    width = 64 // BANDS
    return [(band, (bits >> (band * width)) & ((1 << width) - 1)) for band in range(BANDS)]


def _same(one: Look, other: Look) -> bool:
    if (one.bits ^ other.bits).bit_count() > MOST_BITS:
        return False
    return float(one.thumbnail.float() @ other.thumbnail.float()) > LEAST_CORRELATION
