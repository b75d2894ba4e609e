"""Promises of the search for altered copies: they are found, other pictures are not, and nobody compares all with all."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import adaptive_avg_pool2d, interpolate

from cnndoctor.datasets import digits
from cnndoctor.survey.chunks import chunks_of
from cnndoctor.survey.copies import Fingerprints, overlap_of
from cnndoctor.survey.looks import _coarsely, images_of, look_at
from cnndoctor.survey.sample import Sample, Side
from cnndoctor.survey.shelf import Shelf, _bits_apart

MNIST = Path(os.environ.get("CNNDOCTOR_DATA", os.devnull)) / "mnist.npz"


def pictures(count: int, side: int = 32, seed: int = 0) -> torch.Tensor:
    """Return smooth random pictures with some grain, [N, 3, side, side]."""
    generator = torch.Generator().manual_seed(seed)
    smooth = interpolate(torch.rand(count, 3, 6, 6, generator=generator), size=(side, side), mode="bilinear")
    return (smooth + 0.05 * torch.randn(smooth.shape, generator=generator)).clamp(0, 1)


def prints(images: torch.Tensor, against: Fingerprints | None = None) -> Fingerprints:
    """Return the fingerprints of images as a split of its own."""
    found = Fingerprints(against=against)
    none = Side(kind="none")
    for chunk in chunks_of(
        Sample(index=index, inputs=Side(kind="tensor", value=image), targets=none)
        for index, image in enumerate(images)
    ):
        found.take(chunk)
    return found


def near(train: torch.Tensor, validation: torch.Tensor) -> dict[int, int]:
    """Return validation index → training index of copies that are not equal."""
    ours = prints(train)
    theirs = prints(validation, ours)
    found = overlap_of(ours, theirs, same_object=False)
    assert found.near == len(found.near_examples)
    return {there: here for here, there in found.near_examples}


def test_altered_copies_are_found_among_many() -> None:
    """A pixel off in any direction, brighter, noisy or resized there and back: each finds its original, others none."""
    train, validation = pictures(600), pictures(300, seed=1)
    noise = 0.02 * torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(2))
    small = interpolate(train[18][None], size=(28, 28), mode="bilinear", antialias=True)
    copies = {
        3: torch.roll(train[11], 1, 1),
        4: torch.roll(train[12], (-1, 1), (1, 2)),
        5: 0.6 * train[13] + 0.2,
        6: (train[14] + noise).clamp(0, 1),
        7: interpolate(small, size=(32, 32), mode="bilinear")[0],
    }
    for place, copy in copies.items():
        validation[place] = copy
    assert near(train, validation) == {3: 11, 4: 12, 5: 13, 6: 14, 7: 18}


def test_small_images_are_copies_only_up_to_tiny_noise() -> None:
    """Of the digits no two are called copies; one with a grain of noise is."""
    train, validation = digits("train").images, digits("validation").images.clone()
    assert near(train, validation) == {}
    grain = 0.01 * torch.randn(1, 8, 8, generator=torch.Generator().manual_seed(3))
    validation[9] = train[100] + grain
    assert near(train, validation) == {9: 100}
    assert prints(torch.cat([train, train[5:6] + grain])).duplicates().near_examples == ((5, len(train)),)


def test_a_common_frame_makes_no_copies() -> None:
    """Pictures that agree in a bright frame and little else are different pictures."""
    generator = torch.Generator().manual_seed(4)
    framed = torch.rand(400, 1, 32, 32, generator=generator) * 0.1
    framed[:, :, :8] = 1.0
    assert near(framed[:300], framed[300:]) == {}


def test_blank_and_tiny_images_have_no_look() -> None:
    """Nothing can be told of an image without contrast, with NaN, with few pixels, or of what is none."""
    ones = torch.ones(4, 32, 32)
    ones[1, 3, 3], ones[2, 3, 3] = torch.nan, torch.inf
    ones[3] = -torch.inf
    assert not look_at(ones).seen.any()
    assert look_at(3e38 * torch.rand(2, 32, 32)).seen.shape == (2,)
    assert images_of(torch.rand(2, 1, 6, 6)) is None
    assert images_of(torch.rand(2, 5, 12, 12)) is None
    assert images_of(torch.rand(2, 20, 20, 3)) is not None


def test_work_for_an_image_is_bounded(monkeypatch) -> None:
    """Thousands of images that all look alike leave a few candidates each, not all pairs."""
    alike = look_at(pictures(1, 32)[:, 0].expand(3000, 32, 32) + 0.001 * torch.rand(3000, 32, 32))
    shelf, held = Shelf(), []
    shelf.add(np.arange(3000), alike)
    coarsely = Shelf._alike_coarsely

    def counting(self, coarse, found):
        held.append(sum(len(ours) for ours, _ in found))
        return coarsely(self, coarse, found)

    monkeypatch.setattr(Shelf, "_alike_coarsely", counting)
    shelf.copies([alike])
    assert 0 < held[0] <= 3000 * 4 * 8


def test_bits_are_counted_as_python_counts_them() -> None:
    """The arithmetic on whole words agrees with counting ones."""
    generator = np.random.default_rng(0)
    one, other = (generator.integers(0, 2**64, 200, dtype=np.uint64) for _ in range(2))
    expected = [(int(a) ^ int(b)).bit_count() for a, b in zip(one, other, strict=True)]
    assert _bits_apart(one, other).tolist() == expected


@pytest.mark.slow
@pytest.mark.skipif(not MNIST.is_file(), reason="mnist.npz is not in the folder that CNNDOCTOR_DATA names")
def test_no_two_digits_of_mnist_are_called_copies() -> None:
    """Of 20,000 images against 2,000, shifted ones are found and nothing is invented."""
    with np.load(MNIST) as file:
        train = torch.from_numpy(file["x_train"][:20_000])[:, None].float() / 255
        validation = torch.from_numpy(file["x_test"][:2_000])[:, None].float() / 255
    validation[7] = torch.roll(train[123], 1, 2)
    assert near(train, validation) == {7: 123}


def test_copies_with_other_targets_are_counted() -> None:
    """Of two equal inputs one carries the target of its twin and one another."""

    def split(values: list[float], against: Fingerprints | None = None) -> Fingerprints:
        found = Fingerprints(against=against)
        inputs = [Side(kind="tensor", value=torch.tensor([float(i), 1.0, 2.0])) for i in range(len(values))]
        targets = [Side(kind="number", value=torch.tensor(value)) for value in values]
        for chunk in chunks_of(
            Sample(index=i, inputs=a, targets=b) for i, (a, b) in enumerate(zip(inputs, targets, strict=True))
        ):
            found.take(chunk)
        return found

    train = split([0.5, 1.5, 2.5])
    shared = overlap_of(train, split([0.5, 1.25], train), same_object=False)
    assert (shared.exact, shared.other_targets) == (2, 1)


@pytest.mark.parametrize("size", [(8, 8), (9, 23), (20, 20), (26, 26), (25, 12)], ids=str)
def test_the_coarse_look_is_the_mean_over_windows(size: tuple[int, int]) -> None:
    """Matrix products give what adaptive pooling gives."""
    images = torch.rand(5, *size, generator=torch.Generator().manual_seed(0))
    pooled = adaptive_avg_pool2d(images[:, None], 8).flatten(1)
    assert torch.from_numpy(_coarsely(images)).allclose(pooled, atol=1e-6)


def test_copies_among_chunks_are_grouped_in_the_order_they_came() -> None:
    """Equal samples within a chunk and across chunks make one group; blank ones only leave their label."""
    images = pictures(600)
    images[3] = images[2]
    images[599] = images[2]
    images[10:12] = 0.5
    found = prints(images)
    assert list(found.groups.values()) == [[2, 3, 597]]  # positions, the two blank ones left out
    assert found.duplicates().examples == ((2, 3),)
    assert len(found.first) == 596
    assert len(found.indices) == len(found.labels) == 598
