"""Data sets without their random transform: what lies under augmentation, to tell copies in spite of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import torch

from cnndoctor.patient.augmentation import without_transform
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.survey.copies import TOLD, fingerprint
from cnndoctor.survey.sample import sample_of
from cnndoctor.survey.source import Source


def shared_under_augmentation(
    train: Source, validation: Source, most: int | None, seconds: float
) -> tuple[int, tuple[tuple[int, int], ...]]:
    """Return how many validation samples stand in training when both are read without transform, and example pairs.

    Args:
        train: The augmented training split.
        validation: The validation split.
        most: Samples per split at most.
        seconds: Time for both together; what was read by then counts.

    Returns:
        (0, ()) when a data set has no transform to leave out, or cannot do without.
    """
    plain = [without_transform(source.dataset) for source in (train, validation)]
    if plain[0] is None:
        return 0, ()
    box = TimeBox(seconds)
    held_out = plain[1] if plain[1] is not None else validation.dataset
    theirs = _contents(held_out, validation, most, TimeBox(seconds / 2))
    ours = _contents(plain[0], train, most, box)
    pairs = sorted(
        (index, number) for content, number in theirs.items() if (index := ours.get(content)) is not None
    )
    return len(pairs), tuple(sorted(pairs, key=lambda pair: pair[1])[:TOLD])


def _contents(dataset: Any, source: Source, most: int | None, box: TimeBox) -> dict[Hashable, int]:  # noqa: ANN401
    """Return content → index of what a data set gives; empty when it raises."""
    found: dict[Hashable, int] = {}
    broken = set(source.broken)
    try:
        for index in source.planned(most):
            if box.over:
                break
            if index not in broken:
                content = _content(dataset[index], source)
                if content is not None:
                    found[content] = index
    except Exception:  # noqa: BLE001 - many data sets call their transform without asking; then nothing can be told
        return {}
    return found


def _content(raw: object, source: Source) -> Hashable | None:
    inputs = source.members.inputs_of(raw)
    if hasattr(inputs, "getbands"):  # a PIL image: what a transform would have made a tensor
        inputs = torch.from_numpy(np.array(inputs))
    return fingerprint(sample_of(0, (inputs,), type(source.members)()).inputs)
