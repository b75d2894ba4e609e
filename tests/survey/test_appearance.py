"""Promises of the numbers of images: odd ones are found, ordinary ones are not, and a telling property tells."""

from __future__ import annotations

import torch
from torch.nn.functional import avg_pool2d

from cnndoctor.datasets import digits
from cnndoctor.evidence.data import ImageFacts
from cnndoctor.survey.appearance import Appearance
from cnndoctor.survey.chunks import chunks_of
from cnndoctor.survey.sample import Sample, Side


def looked(images: list[torch.Tensor], labels: list[int] | None = None) -> ImageFacts:
    """Return what is said of images, each taken by itself."""
    found = Appearance()
    for index, image in enumerate(images):
        target = Side(kind="number", value=torch.tensor(labels[index] if labels else 0))
        sample = Sample(index=index, inputs=Side(kind="tensor", value=image), targets=target)
        for chunk in chunks_of([sample]):
            found.take(chunk)
    return found.facts(labelled=labels is not None)


def scenes(count: int = 120) -> list[torch.Tensor]:
    """Return colour pictures with light and dark parts."""
    generator = torch.Generator().manual_seed(0)
    return list(torch.rand(count, 3, 8, 8, generator=generator).repeat_interleave(4, 2).repeat_interleave(4, 3)
                + 0.1 * torch.randn(count, 3, 32, 32, generator=generator))  # fmt: skip


def odd(facts: ImageFacts) -> dict[str, tuple[int, ...]]:
    """Return kind → indices."""
    return {one.kind: one.samples for one in facts.odd}


def test_ordinary_images_are_not_odd() -> None:
    """Neither scenes nor handwritten digits hold an odd image."""
    assert odd(looked(scenes())) == {}
    assert odd(looked(list(digits("train").images[:600]))) == {}


def test_each_kind_of_odd_image_is_found() -> None:
    """Dark, bright, blank, blurred, of another size and of another shape: each by its index, also when normalised."""
    images = scenes()
    images[3] = images[3] * 0.05
    images[4] = 1 - images[4] * 0.05
    images[5] = torch.full((3, 32, 32), 0.4)
    images[6] = avg_pool2d(images[6], 9, 1, padding=4)
    images[7] = torch.cat([images[7], images[8]], 2).repeat(1, 3, 3)
    images[9] = torch.cat([images[9], images[10], images[11]], 2)
    for scale, shift in ((1.0, 0.0), (4.0, -2.0)):
        found = odd(looked([scale * image + shift for image in images]))
        assert found["dark"] == (3,)
        assert found["bright"] == (4,)
        assert found["constant"] == (5,)
        assert 6 in found["blurred"]
        assert 7 in found["of odd size"]
        assert found["of odd aspect"] == (9,)


def test_a_property_that_tells_the_label_scores_high() -> None:
    """Brightness tells light from dark pictures; the digits' classes are told by none."""
    images, labels = scenes(200), [index % 2 for index in range(200)]
    lit = [image + 0.5 * label for image, label in zip(images, labels, strict=True)]
    scores = {one.name: one.score for one in looked(lit, labels).properties}
    assert scores["brightness"] > 0.95
    assert scores["red tint"] < 0.7
    data = digits("train")
    found = looked(list(data.images), data.targets.tolist()).properties
    assert max(one.score for one in found) < 0.3


def test_few_images_say_nothing() -> None:
    """There is nothing to be odd against."""
    assert odd(looked(scenes(20))) == {}
