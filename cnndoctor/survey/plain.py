"""Data sets without their random transform: what lies under augmentation, to tell copies in spite of it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from cnndoctor.evidence.data import Duplicates
from cnndoctor.patient.augmentation import without_transform
from cnndoctor.patient.batches import Members
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.survey.copies import TOLD, Fingerprints
from cnndoctor.survey.prints import fingerprint, label_print
from cnndoctor.survey.sample import sample_of
from cnndoctor.survey.source import Source


@dataclass(frozen=True, slots=True)
class PlainReads:
    """What the training split gives without its transform: index, content and label of each sample."""

    samples: list[tuple[int, Hashable, Hashable | None]]

    def duplicates(self) -> Duplicates:
        """Return the copies within the split, and those with different labels."""
        prints = Fingerprints()
        for index, content, label in self.samples:
            prints.note(content, index, label)
        return prints.duplicates()

    def shared_with(
        self, validation: Source, most: int | None, seconds: float
    ) -> tuple[int, tuple[tuple[int, int], ...]]:
        """Return how many samples of validation stand in training, and example pairs.

        Args:
            validation: The validation split.
            most: Samples at most.
            seconds: Time; what was read by then counts.
        """
        plain = without_transform(validation.dataset)
        held_out = _read(plain if plain is not None else validation.dataset, validation, most, seconds)
        theirs = {content: index for index, content, _ in held_out}
        ours = {content: index for index, content, _ in self.samples}
        pairs = [(ours[content], number) for content, number in theirs.items() if content in ours]
        return len(pairs), tuple(sorted(pairs, key=lambda pair: pair[1])[:TOLD])


def plain_reads(train: Source, validation: Source | None, most: int | None, seconds: float) -> PlainReads:
    """Read the augmented training split once without its transform.

    Args:
        train: The training split.
        validation: The validation split, whose settings are lent where the transform has no name of its own.
        most: Samples at most.
        seconds: Time; what was read by then counts.

    Returns:
        No samples when there is no transform to leave out, or the data set cannot do without.
    """
    plain = without_transform(train.dataset, _lent(train, validation))
    return PlainReads(_read(plain, train, most, seconds) if plain is not None else [])


def _lent(train: Source, validation: Source | None) -> Any:  # noqa: ANN401
    """Return validation's data set, where the training data's transform can only be told by what differs between the two."""
    named = without_transform(train.dataset) is not None
    return None if named or validation is None else validation.dataset


def _read(
    dataset: Any,  # noqa: ANN401
    source: Source,
    most: int | None,
    seconds: float,
) -> list[tuple[int, Hashable, Hashable | None]]:
    """Return index, content and label of what a data set gives; nothing when it raises."""
    found, box = [], TimeBox(seconds)
    broken = set(source.broken)
    try:
        for index in source.planned(most):
            if box.over:
                break
            if index not in broken:
                raw = dataset[index]
                content = _content(raw, source)
                if content is not None:
                    targets = sample_of(index, (None, source.members.targets_of(raw)), Members()).targets
                    found.append((index, content, label_print(targets)))
    except Exception:  # noqa: BLE001 - many data sets call their transform without asking; then nothing can be told
        return []
    return found


def _content(raw: object, source: Source) -> Hashable | None:
    inputs = source.members.inputs_of(raw)
    if hasattr(inputs, "getbands"):  # a PIL image: what a transform would have made a tensor
        inputs = torch.from_numpy(np.array(inputs))
    return fingerprint(sample_of(0, (inputs,), Members()).inputs)
