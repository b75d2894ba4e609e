"""Copies within a split and across splits, told from fingerprints; blank samples are no copies of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, field

from torch import Tensor

from cnndoctor.evidence.data import Duplicates, Overlap
from cnndoctor.survey.hashing import Look, Looks, content_hash, look_of
from cnndoctor.survey.sample import Sample, Side

TOLD = 20


@dataclass(slots=True)
class Fingerprints:
    """Fingerprints of the samples of one split."""

    by_content: dict[Hashable, list[int]] = field(default_factory=lambda: defaultdict(list))
    labels: dict[int, Hashable] = field(default_factory=dict)
    looks: dict[int, Look] = field(default_factory=dict)
    order: list[Hashable] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Add one sample; what is blank or has a single element is left out."""
        content = fingerprint(sample.inputs)
        if content is None:
            return
        self.by_content[content].append(sample.index)
        self.order.append(content)
        target = fingerprint(sample.targets, blank=True)
        if target is not None:
            self.labels[sample.index] = target
        look = look_of(sample.inputs.value) if sample.inputs.value is not None else None
        if look is not None:
            self.looks[sample.index] = look

    def duplicates(self) -> Duplicates:
        """Return the copies within this split."""
        groups = [sorted(group) for group in self.by_content.values() if len(group) > 1]
        groups.sort()
        conflicts = [group for group in groups if len({self.labels.get(i) for i in group} - {None}) > 1]
        return Duplicates(
            groups=len(groups),
            extra=sum(len(group) - 1 for group in groups),
            examples=tuple((group[0], group[1]) for group in groups[:TOLD]),
            conflicting_groups=len(conflicts),
            conflicting_samples=sum(len(group) for group in conflicts),
            conflicting_examples=tuple(self._differing(group) for group in conflicts[:TOLD]),
        )

    def _differing(self, group: list[int]) -> tuple[int, int]:
        first = self.labels.get(group[0])
        return group[0], next(i for i in group if self.labels.get(i) != first)


def overlap_of(train: Fingerprints, validation: Fingerprints, *, same_object: bool) -> Overlap:
    """Return what two splits share.

    Args:
        train: The training split.
        validation: The validation split.
        same_object: Both are one and the same data set.
    """
    exact: list[tuple[int, int]] = []
    shared: set[int] = set()
    for content, indices in validation.by_content.items():
        twins = train.by_content.get(content)
        if twins:
            exact += [(min(twins), index) for index in indices]
            shared.update(indices)
    near = _near(train, validation, shared)
    exact.sort(key=lambda pair: pair[1])
    everything = bool(exact) and set(train.by_content) == set(validation.by_content)
    return Overlap(
        exact=len(exact),
        near=len(near),
        examples=tuple(exact[:TOLD]),
        near_examples=tuple(near[:TOLD]),
        same_object=same_object or everything,
    )


def fingerprint(side: Side, *, blank: bool = False) -> Hashable | None:
    """Return something equal for equal content; None for what cannot tell samples apart.

    Args:
        side: Inputs or targets.
        blank: Whether constant tensors and single numbers count too.
    """
    if side.kind == "text":
        return side.text if side.text.strip() or blank else None
    value = side.value
    if value is None or side.parts > 1:
        return None
    if not blank and _is_blank(value):
        return None
    return content_hash(value)


def _is_blank(value: Tensor) -> bool:
    """Tell whether a sample is a single value throughout, or nothing but NaN."""
    if value.numel() < 2:
        return True
    first = value.flatten()[0]
    return bool(value.isnan().all() if first.isnan() else (value == first).all())


def _near(train: Fingerprints, validation: Fingerprints, shared: set[int]) -> list[tuple[int, int]]:
    index = Looks()
    for number, look in train.looks.items():
        index.add(number, look)
    pairs = []
    for number, look in sorted(validation.looks.items()):
        twin = next(index.near(look), None) if number not in shared else None
        if twin is not None:
            pairs.append((twin, number))
    return pairs
