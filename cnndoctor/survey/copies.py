"""Copies within a split and across splits, told from fingerprints; blank samples are no copies of each other."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import compress
from statistics import fmean

import numpy as np
from torch import Tensor

from cnndoctor.evidence.data import Duplicates, Overlap
from cnndoctor.survey.chunks import Chunk
from cnndoctor.survey.hashing import content_hashes
from cnndoctor.survey.looks import MOST_LOOKS, OFFSETS, Indices, images_of, is_shiftable, look_at
from cnndoctor.survey.prints import not_blank, prints_of_several
from cnndoctor.survey.shelf import Shelf

TOLD = 20


@dataclass(slots=True)
class Fingerprints:
    """Fingerprints of the samples of one split, taken a few hundred at a time.

    Attributes:
        against: The split whose copies are looked for in this one while it is read; None for the first.
        near: Index here → index there of samples that look the same.
    """

    against: Fingerprints | None = None
    first: dict[Hashable, int] = field(
        default_factory=dict
    )  # content → position of the first sample that has it
    groups: dict[Hashable, list[int]] = field(
        default_factory=dict
    )  # of contents seen twice or more: positions
    indices: list[int] = field(default_factory=list)  # by position
    labels: list[Hashable | None] = field(default_factory=list)
    shelves: dict[int, Shelf] = field(default_factory=dict)  # by size of the standardised pictures
    looks: int = 0
    near: dict[int, int] = field(default_factory=dict)
    blank_labels: set[Hashable | None] = field(default_factory=set)

    def take(self, chunk: Chunk) -> None:
        """Add samples; left out are blank texts, what is one value throughout, and what holds more than tensors and texts."""
        if chunk.inputs is not None:
            self._take_tensors(chunk, chunk.inputs)
            return
        if chunk.told[0].inputs.kind == "other":
            self._take_several(chunk)
            return
        for sample, label in zip(chunk.told, chunk.prints, strict=True):
            if sample.inputs.kind == "text" and sample.inputs.text.strip():
                self.note(sample.inputs.text, sample.index, label)

    def _take_tensors(self, chunk: Chunk, batch: Tensor) -> None:
        if chunk.extremes is None or batch[0].numel() < 2:
            return
        told = not_blank(batch, chunk.extremes)
        contents, labels = content_hashes(batch), chunk.prints
        if bool(told.all()):
            self._note_all(contents, chunk.indices, labels)
        else:
            some = told.tolist()
            indices = list(compress(chunk.indices, some))
            self._note_all(list(compress(contents, some)), indices, list(compress(labels, some)))
            self.blank_labels.update(compress(labels, (~told).tolist()))
        self._look(np.array(chunk.indices, dtype=np.int64), batch)

    def _take_several(self, chunk: Chunk) -> None:
        """Add samples of several members: equal is what is equal in all of them."""
        if not chunk.told[0].inputs.whole:
            return
        contents = prints_of_several(chunk.parts, [sample.inputs.text for sample in chunk.told])
        for content, index, label in zip(contents, chunk.indices, chunk.prints, strict=True):
            if content is not None:
                self.note(content, index, label)

    def duplicates(self) -> Duplicates:
        """Return the copies within this split."""
        groups = [sorted(group, key=self.indices.__getitem__) for group in self.groups.values()]
        groups.sort(key=lambda group: self.indices[group[0]])
        conflicts = [group for group in groups if len({self.labels[i] for i in group} - {None}) > 1]
        near = self._near_within()
        return Duplicates(
            groups=len(groups),
            extra=sum(len(group) - 1 for group in groups),
            examples=tuple((self.indices[group[0]], self.indices[group[1]]) for group in groups[:TOLD]),
            conflicting_groups=len(conflicts),
            conflicting_samples=sum(len(group) for group in conflicts),
            conflicting_examples=tuple(self._differing(group) for group in conflicts[:TOLD]),
            near=len({other for _, other in near}),
            near_examples=tuple(near[:TOLD]),
            blank_labels=len(self.blank_labels - {None}),
            target_spread=self._target_spread(groups),
        )

    def _target_spread(self, groups: list[list[int]]) -> float:
        """Return the mean variance of numeric targets within groups of equal inputs, over that of all targets."""
        known = [_numbers(self.labels[place] for place in group) for group in groups]
        about = [float(np.var(group, ddof=1)) for group in known if len(group) > 1]
        whole = float(np.var(_numbers(self.labels), ddof=1)) if about else 0.0
        return fmean(about) / whole if whole > 0 and math.isfinite(whole) else math.nan

    def _differing(self, group: list[int]) -> tuple[int, int]:
        first = self.labels[group[0]]
        other = next(place for place in group if self.labels[place] != first)
        return self.indices[group[0]], self.indices[other]

    def note(self, content: Hashable, index: int, label: Hashable | None) -> None:
        """Add one sample by its content and its label."""
        self._note_all([content], [index], [label])

    def _note_all(
        self, contents: Sequence[Hashable], indices: Sequence[int], labels: Sequence[Hashable | None]
    ) -> None:
        """Add samples in their order."""
        places = range(len(self.indices), len(self.indices) + len(contents))
        self.indices.extend(indices)
        self.labels.extend(labels)
        first = list(map(self.first.setdefault, contents, places))
        if first == list(places):  # nearly always: none of them was seen before
            return
        for content, earlier, place in zip(contents, first, places, strict=True):
            if earlier != place:
                self.groups.setdefault(content, [earlier]).append(place)

    def _look(self, indices: Indices, batch: Tensor) -> None:
        """Note how images look, and which look as one of the other split does, also a pixel off."""
        images = images_of(batch)
        if images is None:
            return
        plain = look_at(images)
        if self.against is None:
            if self.looks < MOST_LOOKS and len(plain.keys):
                self.shelves.setdefault(plain.side, Shelf()).add(indices, plain)
                self.looks += len(plain.keys)
            return
        shelf = self.against.shelves.get(plain.side)
        if shelf is None:
            return
        others = OFFSETS[1:] if is_shiftable(images) else ()
        looks = [plain, *(look_at(images, offset) for offset in others)]
        for place, twin in shelf.copies(looks):
            self.near.setdefault(int(indices[place]), twin)

    def _near_within(self) -> list[tuple[int, int]]:
        """Return index pairs of samples of this split that look the same without being equal."""
        equal = {self.indices[place] for group in self.groups.values() for place in group[1:]}
        pairs = [pair for shelf in self.shelves.values() for pair in shelf.pairs()]
        return sorted((min(p), max(p)) for p in pairs if p[0] not in equal and p[1] not in equal)


def _numbers(labels: Iterable[Hashable | None]) -> list[float]:
    return [float(one) for one in labels if isinstance(one, int | float)]


def overlap_of(train: Fingerprints, validation: Fingerprints, *, same_object: bool) -> Overlap:
    """Return what two splits share.

    Args:
        train: The training split.
        validation: The validation split, read ``against`` it.
        same_object: Both are one and the same data set.
    """
    exact: list[tuple[int, int]] = []
    other_targets = 0
    for content, place in validation.first.items():
        twin = train.first.get(content)
        if twin is not None:
            twins = train.groups.get(content, [twin])
            here = validation.groups.get(content, [place])
            exact += [(min(train.indices[i] for i in twins), validation.indices[i]) for i in here]
            targets = {train.labels[i] for i in twins}
            other_targets += sum(validation.labels[i] not in targets for i in here)
    shared = {index for _, index in exact}
    near = sorted((there, here) for here, there in validation.near.items() if here not in shared)
    exact.sort(key=lambda pair: pair[1])
    near.sort(key=lambda pair: pair[1])
    everything = bool(exact) and train.first.keys() == validation.first.keys()
    return Overlap(
        exact=len(exact),
        other_targets=other_targets,
        near=len(near),
        examples=tuple(exact[:TOLD]),
        near_examples=tuple(near[:TOLD]),
        same_object=same_object or everything,
    )
