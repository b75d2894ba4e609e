"""Samples become small pictures where they are images, and whatever else they are harms nothing."""

from __future__ import annotations

import base64
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from cnndoctor.survey.thumbnails import thumbnail, thumbnails
from tests.small import small


@pytest.mark.parametrize(
    ("shape", "size"),
    [((1, 8, 8), (8, 8)), ((3, 200, 100), (32, 64)), ((1, 4, 400), None), ((3, 64, 64), (64, 64))],
)
def test_pictures_are_small(shape: tuple[int, ...], size: tuple[int, int] | None) -> None:
    """An image keeps its proportions and has at most 64 pixels a side."""
    image = thumbnail(torch.rand(shape))
    assert image is not None
    assert max(image.size) <= 64
    assert size is None or image.size == size


@pytest.mark.parametrize(
    "sample",
    [
        None, torch.rand(8), torch.rand(8, 8), torch.rand(2, 8, 8), torch.rand(1, 2, 8), torch.rand(3, 4, 8, 8),
        torch.rand(1, 8, 8, dtype=torch.complex64), torch.empty(3, 0, 8),
    ],
)  # fmt: skip
def test_what_is_no_image_gives_none(sample: Tensor | None) -> None:
    """Vectors, other channel counts, volumes, complex numbers and empty samples are no pictures."""
    assert thumbnail(sample) is None


@pytest.mark.parametrize(
    "sample",
    [
        torch.full((1, 8, 8), 7.0), torch.full((3, 8, 8), float("nan")), torch.eye(8)[None].bool(),
        torch.randint(0, 255, (3, 8, 8), dtype=torch.uint8), torch.eye(8)[None] * 1e308 - 1e308,
        torch.eye(8, dtype=torch.float16)[None], torch.eye(8)[None] * float("inf"),
    ],
)  # fmt: skip
def test_odd_values_still_give_a_picture(sample: Tensor) -> None:
    """Constant, NaN, infinite, huge, whole and truth values are pictured like others."""
    assert thumbnail(sample) is not None


class Odd:
    """A data set whose samples are images, text, or raise; it counts on the global random state."""

    files = ("a.png", "b.png", "c.png")

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> tuple[Any, int]:
        if index == 2:
            raise ValueError("cannot be read")
        np.random.rand()  # noqa: NPY002
        return ("text" if index else torch.rand(3, 9, 9)), 1


def test_reading_again_disturbs_nothing() -> None:
    """Each sample is read as it stands; what raises or is no image is left out; random state stays as it was."""
    experiment = replace(small(), train_data=Odd(), validation_data=None)
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    wanted = [("train", 0), ("train", 1), ("train", 2), ("train", 99), ("validation", 0)]
    (picture,) = thumbnails(experiment, wanted, ("cat", "dog")).pictures
    assert torch.rand(1) == expected
    assert (picture.split, picture.index, picture.label, picture.file) == ("train", 0, "dog", "a.png")
    image = Image.open(BytesIO(base64.b64decode(picture.png)))
    assert image.size == (picture.width, picture.height) == (9, 9)


def test_two_dozen_of_the_noisiest_stay_small() -> None:
    """Noise is what PNG packs worst: 24 pictures of it stay below 200 kB, so that the page stays below 1 MB."""
    noise = [(torch.rand(3, 640, 480), 0) for _ in range(24)]
    found = thumbnails(replace(small(), train_data=noise), [("train", index) for index in range(24)])
    assert len(found.pictures) == 24
    assert sum(len(picture.png) for picture in found.pictures) < 200_000
