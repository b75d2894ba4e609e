"""The embedded real data: 1,797 handwritten digits that need no download.

Images of 8×8 pixels from 13 writers, each pixel the number of inked points (0 to 16) in a 4×4 block of the scan.

Source: E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998,
https://doi.org/10.24432/C50P49, its test set; licence CC BY 4.0. ``data/README.md`` tells how the file was made.
"""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Dataset

CLASSES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPLITS = ("train", "validation", "all")
INK_POINTS = 16  # of a 4×4 block: the largest pixel value
FOLDS = 5  # one in five distinct images of each class is for validation

Images = npt.NDArray[np.uint8]  # [N, 8, 8]
Labels = npt.NDArray[np.int64]  # [N]
Transform = Callable[[torch.Tensor], torch.Tensor]


class DigitsDataset(Dataset[tuple[torch.Tensor, int]]):
    """Handwritten digits as a map-style dataset of ``(image, label)``.

    Attributes:
        images: float32 [N, 1, 8, 8], or [N, 8, 8, 1] when built with the channel last; before the transform.
        targets: int64 [N], each 0 to 9.
        classes: The names of the ten classes, by label.
        transform: Applied to one image when it is read; None for none.
    """

    def __init__(
        self, images: torch.Tensor, targets: torch.Tensor, transform: Transform | None = None
    ) -> None:
        """Keep the tensors as they are; ``digits`` makes them."""
        self.images = images
        self.targets = targets
        self.classes = CLASSES
        self.transform = transform

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        """Return one image, transformed, and its label."""
        image = self.images[index]
        if self.transform is not None:
            image = self.transform(image)
        return image, int(self.targets[index])


def digits(
    split: str = "train",
    *,
    channels_first: bool = True,
    transform: Transform | None = None,
    normalise: bool = True,
) -> DigitsDataset:
    """Return the handwritten digits of one split.

    The split is the same on every machine: within each class every fifth image, in the order of their content hashes,
    is for validation. An image and its exact copies always stand on one side.

    Args:
        split: ``train`` (about 80 %), ``validation`` (about 20 %) or ``all``.
        channels_first: Images are [1, 8, 8]; otherwise [8, 8, 1].
        transform: Applied to each image when it is read, for example an augmentation.
        normalise: Pixels are divided by 16 and lie in [0, 1], background 0; otherwise they are the raw 0 to 16.

    Raises:
        ValueError: When there is no such split; the message names the nearest.
    """
    if split not in SPLITS:
        near = difflib.get_close_matches(str(split), SPLITS, n=1, cutoff=0.3)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"The digits have no split {split!r}; they have {', '.join(SPLITS)}.{hint}")
    images, labels = _read()
    if split != "all":
        chosen = _validation_mask(images, labels) == (split == "validation")
        images, labels = images[chosen], labels[chosen]
    pixels = torch.from_numpy(images).to(torch.float32)
    if normalise:
        pixels = pixels / INK_POINTS
    return DigitsDataset(
        pixels.unsqueeze(1 if channels_first else -1), torch.from_numpy(labels.copy()), transform=transform
    )


@cache
def _read() -> tuple[Images, Labels]:
    """Read the file of the package once per process."""
    path = resources.files("cnndoctor") / "data" / "digits.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return arrays["images"], arrays["labels"]


def _validation_mask(images: Images, labels: Labels) -> npt.NDArray[np.bool_]:  # [N]
    """Say which images are for validation: every fifth distinct one of each class, in an order of their content."""
    contents = [image.tobytes() for image in images]
    for_validation: set[bytes] = set()
    for label in range(len(CLASSES)):
        distinct = {content for content, own in zip(contents, labels, strict=True) if own == label}
        for_validation.update(sorted(distinct, key=_scattered)[::FOLDS])
    return np.array([content in for_validation for content in contents])


def _scattered(content: bytes) -> bytes:
    """Return a key that scatters similar images, the same in every process (Python's own hash is salted)."""
    return hashlib.sha256(content).digest()
