"""Copies held against each other as wholes: what a step takes of a sample may differ where the inputs are equal.

A step gets the whole sample. Triplets with one anchor and other partners, or one graph with other masks, are no copies.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from cnndoctor.evidence.data import Duplicates, Overlap
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.survey.prints import LARGE
from cnndoctor.survey.sample import as_tensor, leaves
from cnndoctor.survey.source import Source

SECONDS = 2.0
MOST_APART = 0.5  # of the compared pairs; chosen: copies agree in all that is large, partners drawn for each sample in nothing


def whole_duplicates(found: Duplicates, source: Source, *, beside_targets: bool) -> Duplicates:
    """Return the copies of a split; none where the pairs told as examples differ as wholes.

    Args:
        found: Copies by their inputs.
        source: The split; what cannot be read by index is not compared.
        beside_targets: Whether the targets are known to be targets: other labels of equal inputs are a fault of their own.
    """
    pairs = found.examples or found.near_examples
    return Duplicates() if _apart(pairs, source, source, beside_targets=beside_targets) else found


def whole_overlap(found: Overlap, train: Source, validation: Source, *, beside_targets: bool) -> Overlap:
    """Return what two splits share; no samples where the pairs told as examples differ as wholes.

    Args:
        found: Shared samples by their inputs.
        train: The training split.
        validation: The validation split.
        beside_targets: See ``whole_duplicates``.
    """
    pairs = found.examples or found.near_examples
    if found.same_object and train.dataset is validation.dataset:
        return found
    if not _apart(pairs, train, validation, beside_targets=beside_targets):
        return found
    return Overlap(
        groups=found.groups,
        group_samples=found.group_samples,
        group_size=found.group_size,
        group_names=found.group_names,
    )


def _apart(pairs: Sequence[tuple[int, int]], ours: Source, theirs: Source, *, beside_targets: bool) -> bool:
    """Tell whether most of these pairs differ in a larger tensor; numbers (an index, a weight) do not count."""
    if not (ours.map_style and theirs.map_style):
        return False
    box = TimeBox(SECONDS)
    apart: list[bool] = []
    with preserved_randomness():  # a data set that draws moves the state on with every read
        for one, other in pairs:
            if box.over:
                break
            first = _large(ours, one, beside_targets=beside_targets)
            second = _large(theirs, other, beside_targets=beside_targets)
            if first is not None and second is not None:
                apart.append(not _equal(first, second))
    return bool(apart) and sum(apart) > MOST_APART * len(apart)


def _large(source: Source, index: int, *, beside_targets: bool) -> list[Tensor] | None:
    """Return the larger tensors of a sample; None where it cannot be read."""
    try:
        raw = source.dataset[index]
    except Exception:  # noqa: BLE001 - it could be read before; that it raises now is told by other checks
        return None
    targets = source.members.targets_of(raw) if beside_targets else None
    left_out = {id(leaf) for _, leaf in leaves(targets, "")} if targets is not None else set()
    found = (as_tensor(leaf) for _, leaf in leaves(raw, "") if id(leaf) not in left_out)
    return [one for one in found if one is not None and one.numel() >= LARGE]


def _equal(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> bool:
    return len(ours) == len(theirs) and all(
        one.shape == other.shape and one.dtype == other.dtype and torch.equal(one, other)
        for one, other in zip(ours, theirs, strict=True)
    )
