"""Reads the samples that a report points at once more, and makes small pictures of those that are images."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import IterableDataset

from cnndoctor.evidence.pictures import PicturesEvidence, SamplePicture
from cnndoctor.experiment import Experiment
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.survey.class_label import label_of
from cnndoctor.survey.names import name_of
from cnndoctor.survey.sample import sample_of

SIDE = 64  # pixels; chosen: what is wrong with a sample shows, and two dozen stay below 200 kB
COLOURS = 64  # a palette keeps one picture below 6 kB whatever is in it
CHANNELS = (1, 3)
SECONDS = 5.0
MOST_ELEMENTS = 50_000_000  # larger samples are no pictures for a page


def thumbnails(
    experiment: Experiment, wanted: Iterable[tuple[str, int]], names: Sequence[str] = ()
) -> PicturesEvidence:
    """Return pictures of samples, as far as they can be read by index and are images.

    Args:
        experiment: Whose data sets; one behind a finished loader, and a stream, give none.
        wanted: (split, index) of the samples, most important first.
        names: Class names in the order of the labels.
    """
    box = TimeBox(SECONDS)
    taken = []
    with preserved_randomness():
        for split, index in wanted:
            if box.over:
                break
            picture = _picture(experiment, split, index, names)
            if picture is not None:
                taken.append(picture)
    return PicturesEvidence(pictures=tuple(taken))


def _picture(experiment: Experiment, split: str, index: int, names: Sequence[str]) -> SamplePicture | None:
    dataset: Any = experiment.train_data if split == "train" else experiment.validation_data
    if isinstance(dataset, IterableDataset) or not hasattr(dataset, "__getitem__"):
        return None
    try:
        sample = sample_of(index, dataset[index], experiment.members)
    except Exception:  # noqa: BLE001 - the user's code; the data stage has told of samples that cannot be read
        return None
    image = thumbnail(sample.inputs.value)
    if image is None:
        return None
    label = label_of(sample.targets.value)
    return SamplePicture(
        split=split,
        index=index,
        label="" if label is None else names[label] if 0 <= label < len(names) else str(label),
        file=name_of(dataset, index),
        png=_png(image),
        width=image.width,
        height=image.height,
    )


def thumbnail(sample: Tensor | None) -> Image.Image | None:
    """Return an image of at most 64 × 64 pixels, its values stretched to the full range; None when it is no image.

    Args:
        sample: [C, H, W] with one channel or three.
    """
    if sample is None or sample.is_complex() or sample.ndim != 3 or sample.shape[0] not in CHANNELS:
        return None
    if min(sample.shape[1:]) < 4 or sample.numel() > MOST_ELEMENTS:
        return None
    values = torch.nan_to_num(sample.double(), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    # Halves, so that the span of two huge floats does not overflow; a constant sample is black.
    share = (values / 2 - low / 2) / max(high / 2 - low / 2, 1e-300)
    pixels = (share * 255).round().to(torch.uint8)
    image = Image.fromarray(pixels[0].numpy() if len(pixels) == 1 else pixels.permute(1, 2, 0).numpy())
    image.thumbnail((SIDE, SIDE))
    return image


def _png(image: Image.Image) -> str:
    small = image.quantize(COLOURS) if image.mode == "RGB" else image
    file = BytesIO()
    small.save(file, format="PNG", optimize=True)
    return b64encode(file.getvalue()).decode("ascii")
