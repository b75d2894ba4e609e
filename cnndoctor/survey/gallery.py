"""A picture of real samples with their labels, and the label histogram as text, for TensorBoard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from cnndoctor.evidence.data import Split
from cnndoctor.survey.accumulator import IMAGE_CHANNELS

COLUMNS = 8
MOST = 32
SIDE = 64
BAR = 30
MOST_BARS = 40


def picture(images: Sequence[Tensor]) -> npt.NDArray[np.uint8] | None:
    """Return a grid [H, W, 3] of samples, each stretched to its own range; None when they are no images.

    Args:
        images: Samples [C, H, W], [H, W, C] or [H, W].
    """
    tiles = [tile for tile in map(_tile, images[:MOST]) if tile is not None]
    if not tiles:
        return None
    rows = ceil(len(tiles) / COLUMNS)
    grid = torch.full((3, rows * (SIDE + 2), COLUMNS * (SIDE + 2)), 255, dtype=torch.uint8)
    for number, tile in enumerate(tiles):
        top, left = (number // COLUMNS) * (SIDE + 2), (number % COLUMNS) * (SIDE + 2)
        grid[:, top : top + SIDE, left : left + SIDE] = tile
    return grid.permute(1, 2, 0).contiguous().numpy()


def labels_caption(labels: Sequence[int | None], names: Sequence[str]) -> str:
    """Return the labels of the pictured samples, row by row."""
    words = [
        "?" if label is None else names[label] if 0 <= label < len(names) else str(label)
        for label in labels[:MOST]
    ]
    return "; ".join(", ".join(words[row : row + COLUMNS]) for row in range(0, len(words), COLUMNS))


def histogram_text(split: Split, names: Sequence[str]) -> str:
    """Return the label histogram of a split as Markdown; empty without labels."""
    histogram: Mapping[str, int] = split.labels.histogram
    if not histogram:
        return ""
    most = max(histogram.values())
    lines = [
        f"**{split.name}**: {split.examined} samples examined",
        "",
        "| label | count | |",
        "|---|---:|---|",
    ]
    for label, count in list(histogram.items())[:MOST_BARS]:
        index = int(label) if label.lstrip("-").isdigit() else -1
        name = f"{label} {names[index]}" if 0 <= index < len(names) else label
        lines.append(f"| {name} | {count} | {'█' * max(1, round(BAR * count / max(1, most)))} |")
    return "\n".join(lines)


def _tile(image: Tensor) -> Tensor | None:
    """Return one sample as [3, SIDE, SIDE] bytes; None when it is no image."""
    if image.is_complex() or image.ndim not in {2, 3} or min(image.shape[-2:]) < 1:
        return None
    if image.ndim == 2:
        image = image[None]
    if image.shape[0] not in IMAGE_CHANNELS and image.shape[-1] in IMAGE_CHANNELS:
        image = image.movedim(-1, 0)
    if image.shape[0] not in IMAGE_CHANNELS or min(image.shape[1:]) < 4:
        return None
    values = torch.nan_to_num(image[:3].double(), posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    scaled = (values - low) / max(high - low, 1e-12)
    tile = interpolate(scaled[None], size=(SIDE, SIDE), mode="nearest")[0]
    return (tile * 255).to(torch.uint8).expand(3, SIDE, SIDE)
