"""Promises of the fingerprints."""

from __future__ import annotations

import torch

from cnndoctor.survey.hashing import Look, Looks, content_hash, look_of


def picture(seed: int) -> torch.Tensor:
    """Return a smooth random picture."""
    noise = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(noise, size=(32, 32), mode="bilinear")[0]


def looked(image: torch.Tensor) -> Look:
    """Return how a picture with contrast looks."""
    found = look_of(image)
    assert found is not None
    return found


def test_content_decides() -> None:
    """Equal content has one hash; another dtype, shape or value another."""
    value = torch.arange(6)
    hashes = {content_hash(v) for v in (value, value.clone(), value.float(), value.reshape(2, 3), value + 1)}
    assert len(hashes) == 4


def test_resized_and_noisy_copies_are_found_among_many() -> None:
    """A copy that was resized or re-encoded is near; other pictures are not."""
    index = Looks()
    for number in range(200):
        index.add(number, looked(picture(number)))
    smaller = torch.nn.functional.interpolate(
        picture(18)[None], size=(30, 30), mode="bilinear", antialias=True
    )[0]
    noisy = picture(40) + 0.004 * torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(1))
    assert list(index.near(looked(smaller))) == [18]
    assert list(index.near(looked(noisy))) == [40]
    assert list(index.near(looked(picture(1000)))) == []


def test_blank_and_small_images_have_no_look() -> None:
    """Nothing can be told of an image without contrast or with few pixels."""
    assert look_of(torch.ones(3, 32, 32)) is None
    assert look_of(torch.rand(1, 8, 8)) is None
