"""What an image looks like in a few numbers (light, contrast, sharpness, size, colour), and which images are odd by them.

Everything is judged against the rest of the split, because inputs come normalised in any way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.linalg import vector_norm
from torch.nn.functional import adaptive_avg_pool2d

from cnndoctor.evidence.data import ImageFacts, OddImages, PropertyFacts
from cnndoctor.survey.accumulator import IMAGE_CHANNELS
from cnndoctor.survey.chunks import Chunk
from cnndoctor.survey.extremes import extremes_of

FEWEST = 40  # images to compare an odd one with
MOST = 100_000  # images whose numbers are kept: 10 MB
MOST_CLASSES = 200
TOLD = 20
CELLS = 8
SHARPEST_SIDE = 16  # from here on sharpness means something
# Shares of the range of all cells' brightness; chosen on MNIST, CIFAR-10 and the digits, where no image is odd by them.
DARK, USUAL = 0.2, 0.5
FENCE = 3.0  # times the distance of the quartiles beyond them (Tukey 1977, "far out"; also what cleanvision takes for sizes)
LEAST_BLUR = 0.33  # of the median sharpness
LEAST_CONTRAST = 1e-4  # of the median contrast: below it lies rounding
LEAST_RATIO = 2.0  # of size or aspect to the median
BINS = 20
NUMBERS = (
    "brightness", "contrast", "darkest cell", "brightest cell", "sharpness", "height", "width", "red", "green", "blue",
)  # fmt: skip

Column = npt.NDArray[np.float64]


@dataclass(slots=True)
class Appearance:
    """Numbers of the images of one split, a few hundred at a time."""

    rows: list[npt.NDArray[np.float32]] = field(default_factory=list)  # [N, 10] in the order of NUMBERS
    indices: list[int] = field(default_factory=list)
    labels: list[int | None] = field(default_factory=list)

    def take(self, chunk: Chunk) -> None:
        """Add images [N, C, H, W], [N, H, W, C] or [N, H, W]; anything else is left out."""
        images = _images(chunk.inputs) if chunk.inputs is not None else None
        if images is None or len(self.indices) >= MOST:
            return
        self.rows.append(_numbers(images))
        self.indices += chunk.indices
        self.labels += chunk.labels

    def facts(self, *, labelled: bool) -> ImageFacts:
        """Return the odd images, and how well each number alone tells the label.

        Args:
            labelled: Whether targets are classes.
        """
        if len(self.indices) < FEWEST:
            return ImageFacts(examined=len(self.indices))
        table = np.concatenate(self.rows).astype(np.float64)
        columns = {name: table[:, number] for number, name in enumerate(NUMBERS)}
        odd = tuple(self._told(kind, rows) for kind, rows in _odd(columns).items() if rows.any())
        properties = _telling(columns, self.labels) if labelled else ()
        return ImageFacts(examined=len(table), odd=odd, properties=properties)

    def _told(self, kind: str, rows: npt.NDArray[np.bool_]) -> OddImages:
        found = sorted(self.indices[place] for place in np.flatnonzero(rows))
        return OddImages(kind=kind, count=len(found), samples=tuple(found[:TOLD]))


def _images(batch: Tensor) -> Tensor | None:
    """Return images as floats [N, C, H, W]; None for what is no image."""
    if batch.is_complex() or batch.ndim not in {3, 4}:
        return None
    if batch.ndim == 3:
        batch = batch[:, None]
    elif batch.shape[1] not in IMAGE_CHANNELS:
        if batch.shape[-1] not in IMAGE_CHANNELS:
            return None
        batch = batch.movedim(-1, 1)
    return batch.float() if min(batch.shape[2:]) >= CELLS else None


def _numbers(images: Tensor) -> npt.NDArray[np.float32]:
    """Return [N, 10] numbers of images [N, C, H, W]; colours are relative to the brightness, 0 for grey images."""
    count, channels, height, width = images.shape
    colours = images[:, :3].mean((2, 3))
    grey = images[:, 0] if channels == 1 else images[:, :3].mean(1)
    brightness = colours.mean(1)
    cells = adaptive_avg_pool2d(grey[:, None], CELLS).flatten(1)
    contrast = _spread(grey)
    edges = grey[:, 1:-1, 1:-1] * 4
    for neighbour in (
        grey[:, :-2, 1:-1],
        grey[:, 2:, 1:-1],
        grey[:, 1:-1, :-2],
        grey[:, 1:-1, 2:],
    ):
        edges -= neighbour
    sharpness = _spread(edges) / contrast.clamp_min(1e-12)
    relative = colours - brightness[:, None] if channels >= 3 else torch.zeros(count, 3)
    sizes = torch.tensor([[height, width]]).expand(count, 2)
    low, high = extremes_of(cells)
    columns = [torch.stack([brightness, contrast, low, high, sharpness], 1), sizes, relative]
    numbers: npt.NDArray[np.float32] = torch.cat(columns, 1).numpy().astype(np.float32)
    return numbers


def _spread(images: Tensor) -> Tensor:
    """Return the standard deviation of each image [N, H, W]; a norm takes a fiftieth of the time of ``std`` on a CPU."""
    flat = images.flatten(1)
    spread: Tensor = vector_norm(flat - flat.mean(1, keepdim=True), dim=1) / (flat.shape[1] - 1) ** 0.5
    return spread


def _odd(columns: dict[str, Column]) -> dict[str, npt.NDArray[np.bool_]]:
    """Return for each kind of oddity which images show it."""
    low, high = columns["darkest cell"], columns["brightest cell"]
    bottom, top = np.nanquantile(low, 0.01), np.nanquantile(high, 0.99)
    span = top - bottom
    area, aspect = columns["height"] * columns["width"], columns["width"] / columns["height"]
    none = np.zeros(len(low), dtype=np.bool_)
    seen = columns["contrast"] > LEAST_CONTRAST * np.nanmedian(columns["contrast"])
    usually_light = np.nanmedian(high) > bottom + USUAL * span
    usually_dark = np.nanmedian(low) < top - USUAL * span
    small = min(columns["height"].min(), columns["width"].min()) < SHARPEST_SIDE
    return {
        "constant": ~seen & np.isfinite(low),
        "dark": seen & (high < bottom + DARK * span) if usually_light else none,
        "bright": seen & (low > top - DARK * span) if usually_dark else none,
        "blurred": none if small else seen & _far_below(columns["sharpness"], seen),
        "of odd size": _far_out(area),
        "of odd aspect": _far_out(aspect),
    }


def _far_out(values: Column) -> npt.NDArray[np.bool_]:
    logs = np.log(values)
    low, median, high = np.quantile(logs, (0.25, 0.5, 0.75))
    fence = FENCE * (high - low)
    outside = (logs < low - fence) | (logs > high + fence)
    result: npt.NDArray[np.bool_] = outside & (np.abs(logs - median) > np.log(LEAST_RATIO))
    return result


def _far_below(values: Column, seen: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    logs = np.log(values.clip(1e-9))
    known = logs[seen & np.isfinite(logs)]
    if len(known) < FEWEST:
        return np.zeros(len(values), dtype=np.bool_)
    low, median, high = np.quantile(known, (0.25, 0.5, 0.75))
    result: npt.NDArray[np.bool_] = (logs < low - FENCE * (high - low)) & (logs < median + np.log(LEAST_BLUR))
    return result


def _telling(columns: dict[str, Column], labels: list[int | None]) -> tuple[PropertyFacts, ...]:
    """Return how well each number alone tells the label on samples that were not used to learn how."""
    known = np.array([label is not None for label in labels])
    truth = np.array([label for label in labels if label is not None])
    classes, coded = np.unique(truth, return_inverse=True)
    if not 2 <= len(classes) <= min(MOST_CLASSES, len(truth) // 4):
        return ()
    measured = {
        "brightness": columns["brightness"],
        "contrast": columns["contrast"],
        "sharpness": columns["sharpness"],
        "size": columns["height"] * columns["width"],
        "aspect ratio": columns["width"] / columns["height"],
        **{f"{name} tint": columns[name] for name in ("red", "green", "blue")},
    }
    return tuple(
        PropertyFacts(name=name, score=_score(values[known], coded, len(classes)), classes=len(classes))
        for name, values in measured.items()
        if np.isfinite(values[known]).all() and np.ptp(values[known]) > 0
    )


def _score(values: Column, truth: npt.NDArray[np.int64], classes: int) -> float:
    """Return the mean share of each class that bins of the number get right, on the half they were not learnt from."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, values, side="right")
    half = np.random.default_rng(0).permutation(len(values)) % 2 == 0
    frequency = np.bincount(truth, minlength=classes).clip(1)
    right = np.zeros(classes)
    for learnt, asked in ((half, ~half), (~half, half)):
        table = np.zeros((len(edges) + 1, classes))
        np.add.at(table, (bins[learnt], truth[learnt]), 1.0)
        guess = (table / frequency).argmax(1)[bins[asked]]
        right += np.bincount(truth[asked], weights=guess == truth[asked], minlength=classes)
    return float((right / frequency).mean())
