"""Flat features of samples for simple models: values, edge directions of images, spectra, counts of symbols."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool1d, adaptive_avg_pool2d

from cnndoctor.survey.accumulator import IMAGE_CHANNELS

IMAGE_SIDE = 16  # images are averaged down to this: 768 values for colours
MOST_VALUES = 1_024
DIRECTIONS = 8
CELLS = 4
SYMBOLS = 512


def feature_blocks(samples: Tensor) -> list[Tensor]:
    """Return blocks of features, each [N, F]; a nearest neighbour looks at each block alone, a ridge at all of them.

    Args:
        samples: [N, ...] inputs of one shape.
    """
    if samples.ndim == 1:  # one number a sample, as the key of an embedding
        samples = samples[:, None]
    if not samples.is_floating_point() and samples.ndim == 2 and samples.dtype != torch.bool:
        return [samples.float(), _counts(samples)]
    values = samples.float()
    if values.ndim >= 3 and (images := images_of(samples)) is not None:
        return [_pooled(images), _edges(images), _image_spectrum(images)]
    if values.ndim in {2, 3} and values.shape[-1] >= 16:
        return [_shortened(values), _spectrum(values)]
    return [_shortened(values)]


def small(value: Tensor) -> Tensor:
    """Return a sample averaged down to what the features need, so that a few thousand can be kept.

    Args:
        value: One sample without batch axis.
    """
    if (
        value.ndim in {2, 3}
        and (images := images_of(value[None])) is not None
        and max(images.shape[2:]) > 2 * IMAGE_SIDE
    ):
        return adaptive_avg_pool2d(images, (2 * IMAGE_SIDE, 2 * IMAGE_SIDE))[0]
    return value


def images_of(samples: Tensor) -> Tensor | None:
    """Return images as [N, C, H, W]; None when the samples are none.

    Args:
        samples: [N, ...] inputs of one shape.
    """
    if samples.ndim == 3 and min(samples.shape[1:]) >= 6 and _squarish(samples.shape[1:]):
        return samples[:, None].float()
    if samples.ndim != 4:
        return None
    if samples.shape[1] not in IMAGE_CHANNELS and samples.shape[-1] in IMAGE_CHANNELS:
        samples = samples.movedim(-1, 1)
    return samples.float() if samples.shape[1] <= 16 and min(samples.shape[2:]) >= 4 else None


def _squarish(shape: torch.Size) -> bool:
    return max(shape) <= 4 * min(shape)


def _pooled(images: Tensor) -> Tensor:
    height, width = (min(side, IMAGE_SIDE) for side in images.shape[2:])
    if images.shape[1] > 4:
        images = images[:, :4]
    return adaptive_avg_pool2d(images, (height, width)).flatten(1)


def _edges(images: Tensor) -> Tensor:
    """Return strengths of edge directions in a 4×4 grid of cells (Dalal and Triggs 2005, without block overlap)."""
    grey = images.mean(1)
    down = torch.zeros_like(grey)
    right = torch.zeros_like(grey)
    down[:, 1:-1] = grey[:, 2:] - grey[:, :-2]
    right[:, :, 1:-1] = grey[:, :, 2:] - grey[:, :, :-2]
    strength = (down.square() + right.square()).sqrt()
    angle = (torch.atan2(down, right) + math.pi) / (2 * math.pi) * DIRECTIONS
    bins = angle.long().clamp(0, DIRECTIONS - 1)
    by_direction = strength.new_zeros(len(grey), DIRECTIONS, *grey.shape[1:])
    by_direction.scatter_(1, bins[:, None], strength[:, None])
    cells = adaptive_avg_pool2d(by_direction, (CELLS, CELLS)).flatten(1)
    return torch.sqrt(cells / cells.norm(dim=1, keepdim=True).clamp_min(1e-9))


def _image_spectrum(images: Tensor) -> Tensor:
    """Return log magnitudes of the spectrum: what is left of a texture when its place does not matter."""
    height, width = (min(side, 2 * IMAGE_SIDE) for side in images.shape[2:])
    grey = adaptive_avg_pool2d(images.mean(1, keepdim=True), (height, width))[:, 0]
    return torch.log1p(torch.fft.rfft2(grey).abs()).flatten(1)[:, :MOST_VALUES]


def _shortened(values: Tensor) -> Tensor:
    flat = values.flatten(1)
    if flat.shape[1] <= MOST_VALUES:
        return flat
    return (
        adaptive_avg_pool1d(flat[:, None], MOST_VALUES)[:, 0]
        if values.ndim > 2
        else flat[:, :: -(-flat.shape[1] // MOST_VALUES)]
    )


def _spectrum(values: Tensor) -> Tensor:
    """Return log magnitudes along the last axis, averaged over the others."""
    magnitudes = torch.log1p(torch.fft.rfft(values).abs())
    if magnitudes.ndim == 3:
        magnitudes = magnitudes.mean(1)
    return magnitudes[:, :MOST_VALUES]


def _counts(symbols: Tensor) -> Tensor:
    """Return how often each symbol occurs (bag of words), symbols folded into 512 bins."""
    folded = symbols.long() % SYMBOLS
    return torch.zeros(len(symbols), SYMBOLS).scatter_add_(1, folded, torch.ones(folded.shape))
