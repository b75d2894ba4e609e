"""Promises of scrambled images: reshapes are told from swaps of axes, and what is right, grey or noise says nothing."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from cnndoctor.patient.batches import Members
from cnndoctor.survey.chunks import chunks_of
from cnndoctor.survey.sample import sample_of
from cnndoctor.survey.scramble import Scramble

SIDE = 24


def pictures(count: int = 40, colours: int = 3, side: int = SIDE) -> Tensor:
    """Return smooth discs of random colours on random grounds with some noise, [N, C, H, W]."""
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return torch.rand(*shape, generator=generator)

    grid = torch.arange(side) / side
    centre = 0.3 + 0.4 * drawn(count, 2)
    near = (grid[None, :, None] - centre[:, 0, None, None]) ** 2
    near = near + (grid[None, None, :] - centre[:, 1, None, None]) ** 2
    disc = (near < 0.06).float()[:, None]
    front, ground = drawn(count, colours, 1, 1), drawn(count, colours, 1, 1)
    return disc * front + (1 - disc) * ground + 0.03 * drawn(count, colours, side, side)


def colours_last(images: Tensor) -> Tensor:
    """Give images that are [H, W, C] in memory the shape [C, H, W] without swapping axes."""
    return images.permute(0, 2, 3, 1).reshape(images.shape)


def colours_first(images: Tensor) -> Tensor:
    """Give images that are [C, H, W] in memory the shape [H, W, C], and swap those axes."""
    count, colours, height, width = images.shape
    return images.reshape(count, height, width, colours).permute(0, 3, 1, 2)


def looked_at(images: Tensor) -> tuple[str, float]:
    """Return what is found of images that come one by one."""
    scramble = Scramble()
    for chunk in chunks_of(sample_of(n, (image, 0), Members()) for n, image in enumerate(images)):
        scramble.take(chunk)
    return scramble.found()


@pytest.mark.parametrize("colours", [3, 4])
@pytest.mark.parametrize(("way", "told"), [(colours_last, "colours-last"), (colours_first, "colours-first")])
def test_a_reshape_for_a_swap_is_told_by_its_way(way, told: str, colours: int) -> None:
    """Either way of misreading memory is named, with what undoing it smooths; also after a normalisation per channel."""
    images = way(pictures(colours=colours))
    found, steps = looked_at(images)
    assert found == told
    assert steps < 0.8
    about = images.mean((0, 2, 3), keepdim=True)
    assert looked_at((images - about) / images.std((0, 2, 3), keepdim=True))[0] == told


@pytest.mark.parametrize(
    "images",
    [
        pictures(),
        pictures().permute(0, 2, 3, 1),
        pictures(colours=1),
        colours_last(pictures(count=10)),
        torch.randn(60, 3, 24, 24, generator=torch.Generator().manual_seed(1)),
        torch.full((40, 3, 24, 24), 0.5),
        torch.full((40, 3, 24, 24), math.nan),
        torch.randn(60, 24, generator=torch.Generator().manual_seed(1)),
    ],
    ids=["right", "colours last", "grey", "few", "noise", "blank", "NaN", "rows"],
)
def test_nothing_is_told_of_what_is_no_scrambled_picture(images: Tensor) -> None:
    """Pictures as they should be in either order, grey ones, too few, and what is no picture."""
    found, steps = looked_at(images)
    assert found == ""
    assert math.isnan(steps)


def waves(count: int = 60, steps: int = 48, channels: int = 5) -> Tensor:
    """Return noisy sine waves, each channel about its own level, [N, T, C]."""
    generator = torch.Generator().manual_seed(0)
    phase = 6 * torch.rand(count, 1, channels, generator=generator)
    noise = 0.1 * torch.randn(count, steps, channels, generator=generator)
    return torch.sin(torch.arange(steps)[None, :, None] / 2 + phase) + torch.arange(channels) + noise


def test_a_sequence_reshaped_for_a_transpose_is_told() -> None:
    """Windows [C, T] that were given the shape [T, C] go on along their rows and leap where a channel begins."""
    found, steps = looked_at(waves().transpose(1, 2).reshape(60, 48, 5))
    assert found == "time-last"
    assert steps < 0.6


@pytest.mark.parametrize(
    "sequences",
    [
        waves(),
        waves()[..., :1].expand(-1, -1, 5) + 0.01 * torch.arange(5),
        torch.randn(60, 48, 5, generator=torch.Generator().manual_seed(1)),
        torch.randn(60, 48, 5, generator=torch.Generator().manual_seed(1)).cumsum(1),
        pictures(60)[:, 0],
        waves(10).transpose(1, 2).reshape(10, 48, 5),
        torch.zeros(60, 48, 5),
    ],
    ids=["right", "channels alike", "noise", "random walks", "grey pictures", "few", "nothing"],
)
def test_sound_sequences_say_nothing(sequences: Tensor) -> None:
    """Channels of any kind, noise, grey pictures and too few sequences are left alone."""
    assert looked_at(sequences)[0] == ""


def test_large_inputs_are_looked_at_within_bounds() -> None:
    """Of large images and long sequences fewer are kept, and none where a single one is beyond all bounds."""
    scramble = Scramble()
    for chunk in chunks_of(sample_of(n, (torch.randn(2**17, 4), 0), Members()) for n in range(40)):
        scramble.take(chunk)
    assert len(scramble.sequences) == 32
    assert scramble.found()[0] == ""
