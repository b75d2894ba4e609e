"""The share of a common layout: 0 for noise, 1 for equal images, and what a slow version counts in between."""

import math

import pytest
import torch

from cnndoctor.survey.layout import layout_share


def _images(layout: float, noise: float, count: int = 200) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    template = torch.randn(1, 8, 8, generator=generator)
    return [layout * template + noise * torch.randn(1, 8, 8, generator=generator) for _ in range(count)]


def test_noise_has_no_layout() -> None:
    """Images that differ everywhere share nothing, however few there are."""
    assert layout_share(_images(0.0, 1.0, 30)) == pytest.approx(0.0, abs=0.02)


def test_equal_images_are_all_layout() -> None:
    """The mean image of equal images explains everything."""
    assert layout_share(_images(1.0, 0.0)) == pytest.approx(1.0)


def test_half_and_half() -> None:
    """Layout and noise of equal variance: half, whatever shift and scale the pixels have."""
    images = _images(1.0, 1.0, 2000)
    assert layout_share(images) == pytest.approx(0.5, abs=0.1)
    assert layout_share([255 * image + 7 for image in images]) == pytest.approx(
        layout_share(images), abs=1e-6
    )


def test_unknown() -> None:
    """Few samples, vectors, constant or non-finite images: nothing can be told."""
    for samples in (
        _images(1.0, 1.0, 5),
        [torch.randn(10) for _ in range(50)],
        [torch.zeros(1, 8, 8)] * 50,
        [torch.full((1, 8, 8), math.nan)] * 50,
    ):
        assert math.isnan(layout_share(samples))
