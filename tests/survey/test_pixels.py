"""Promises of the comparison pixel by pixel: copies agree, pictures that only look alike do not."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import interpolate
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from cnndoctor.evidence.data import Overlap
from cnndoctor.patient.batches import Members
from cnndoctor.survey.pixels import confirmed
from cnndoctor.survey.source import source_of

SIDE = 40
LABELS = dict.fromkeys(range(100), 0)


def crosses(count: int, seed: int = 0) -> torch.Tensor:
    """Return bright crosses on plain ground with some grain, each of its own colours and place, [N, 3, 40, 40]."""
    generator = torch.Generator().manual_seed(seed)
    pictures = 0.06 * torch.randn(count, 3, SIDE, SIDE, generator=generator)
    pictures += 0.3 * torch.rand(count, 3, 1, 1, generator=generator)
    for picture in pictures:
        colour = 0.2 + 0.4 * torch.rand(3, 1, 1, generator=generator)
        row, column = torch.randint(12, 28, (2,), generator=generator).tolist()
        picture[:, row - 2 : row + 3] += colour
        picture[:, :, column - 2 : column + 3] += colour
    return pictures


def source(name: str, pictures: torch.Tensor):
    """Return a split of pictures."""
    data = TensorDataset(pictures, torch.zeros(len(pictures), dtype=torch.int64))
    return source_of(name, DataLoader(data), data, Members())


def compared(train: torch.Tensor, validation: torch.Tensor, pairs: tuple[tuple[int, int], ...]) -> Overlap:
    """Return what is left of pairs said to look alike."""
    overlap = Overlap(near=len(pairs), near_examples=pairs)
    return confirmed(overlap, source("train", train), source("validation", validation), LABELS)


def shifted(picture: torch.Tensor) -> torch.Tensor:
    """Return the picture a pixel down and to the right."""
    return picture.roll((1, 1), (1, 2))


def smaller(picture: torch.Tensor) -> torch.Tensor:
    """Return the picture at four fifths of its size."""
    return interpolate(picture[None], size=(32, 32), mode="bilinear", antialias=True)[0]


@pytest.mark.parametrize(
    "alter",
    [
        lambda picture: 1.2 * picture + 0.1,
        lambda picture: (
            picture + 0.03 * torch.randn(picture.shape, generator=torch.Generator().manual_seed(5))
        ),
        lambda picture: picture.flip(-1),
        shifted,
        smaller,
    ],
    ids=["brightened", "noisy", "mirrored", "shifted", "smaller"],
)
def test_altered_copies_agree(alter) -> None:
    """A copy stays one, whatever was done to it; the pair beside it is none, and stands behind it."""
    train = crosses(60)
    found = compared(train, torch.stack([alter(train[7]), alter(train[9])]), ((8, 0), (9, 1)))
    assert (found.near_compared, found.near_copies) == (2, 1)
    assert found.near_examples == ((9, 1), (8, 0))


def test_the_same_shape_in_another_colour_is_no_copy() -> None:
    """Crosses at one place that differ in colour look alike in grey alone."""
    train = crosses(60)
    other = train[7].clone()
    other[0], other[2] = train[7][2] + 0.3, train[7][0] - 0.3
    assert compared(train, other[None], ((7, 0),)).near_copies == 0


def test_what_all_pictures_share_makes_no_copy() -> None:
    """Pictures that differ in a corner alone are told apart by it."""
    generator = torch.Generator().manual_seed(3)
    train = crosses(1).repeat(60, 1, 1, 1)
    train[:, :, :8, :8] = torch.rand(60, 3, 8, 8, generator=generator)
    assert compared(train, train[:1], ((1, 0),)).near_copies == 0
    assert compared(train, train[:1], ((0, 0),)).near_copies == 1


class Stream(IterableDataset[torch.Tensor]):
    """Pictures that cannot be read again."""

    def __iter__(self):
        return iter(crosses(1))


def test_a_stream_is_not_compared() -> None:
    """Where nothing can be read by index, what was found stays as it is."""
    overlap = Overlap(near=1, near_examples=((0, 0),))
    stream = source_of("train", DataLoader(Stream()), None, Members())
    assert confirmed(overlap, stream, source("validation", crosses(1)), {}) == overlap
