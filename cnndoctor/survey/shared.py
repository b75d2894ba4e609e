"""Samples that stand in both splits, by every way that shows them, and copies as what a step takes of them."""

from __future__ import annotations

from dataclasses import replace

from torch.utils.data import Subset

from cnndoctor.evidence.data import Overlap, Split
from cnndoctor.survey.copies import TOLD, overlap_of
from cnndoctor.survey.names import groups_of
from cnndoctor.survey.one_pass import Pass
from cnndoctor.survey.pixels import confirmed
from cnndoctor.survey.plain import PlainReads, plain_reads
from cnndoctor.survey.wholes import whole_duplicates, whole_overlap

PLAIN_SECONDS = 10.0  # for reading a split without transform, when augmentation hides copies


def reads_without_transform(train: Pass, validation: Pass | None) -> PlainReads:
    """Read training data once more as they lie under their augmentation, which hides copies: every read looks different.

    Args:
        train: What was gathered of training.
        validation: What was gathered of validation; None without.
    """
    if not train.source.map_style:
        return PlainReads([])
    source = validation.source if validation is not None and validation.source.map_style else None
    return plain_reads(train.source, source, train.examined, PLAIN_SECONDS)


def shared_samples(train: Pass, validation: Pass | None, plain: PlainReads) -> Overlap:
    """Return what two splits share: by content, by how it looks, by index and under augmentation.

    Args:
        train: What was gathered of training.
        validation: What was gathered of validation; None without.
        plain: Training data without their transform, where they have one.
    """
    if validation is None:
        return Overlap()
    same = train.source.dataset is not None and train.source.dataset is validation.source.dataset
    found = overlap_of(train.prints, validation.prints, same_object=same)
    found = confirmed(found, train.source, validation.source, train.label_by_index)
    if not found.same_object:
        found = _with_groups(found, train.source.dataset, validation.source.dataset)
    shared = _shared_indices(train.source.dataset, validation.source.dataset)
    if (
        len(shared) > found.exact
    ):  # augmentation hides copies from the hashes; indices into one data set do not lie
        return replace(found, exact=len(shared), examples=tuple(shared[:20]))
    if plain.samples and validation.source.map_style and not same:
        count, examples = plain.shared_with(validation.source, validation.examined, PLAIN_SECONDS)
        if count > found.exact:
            return replace(found, exact=count, examples=examples)
    return found


def as_wholes(
    split: Split, overlap: Overlap, train: Pass, validation: Pass | None, *, beside_targets: bool
) -> tuple[Split, Overlap]:
    """Leave out copies by their inputs alone: a step gets whole samples.

    Args:
        split: The training split as described so far.
        overlap: What both splits share by their inputs.
        train: What was gathered of training.
        validation: What was gathered of validation; None without.
        beside_targets: Whether the targets are known to be targets.
    """
    copies = whole_duplicates(split.duplicates, train.source, beside_targets=beside_targets)
    if validation is not None:
        overlap = whole_overlap(overlap, train.source, validation.source, beside_targets=beside_targets)
    return replace(split, duplicates=copies), overlap


def _with_groups(found: Overlap, train: object, validation: object) -> Overlap:
    """Add the groups that stand in both splits, where both data sets name them."""
    ours, theirs = groups_of(train), groups_of(validation)
    if ours is None or theirs is None:
        return found
    shared = set(ours) & set(theirs)
    return replace(
        found,
        groups=len(shared),
        group_samples=sum(group in shared for group in theirs),
        group_size=len(theirs),
        group_names=tuple(sorted(shared)[:TOLD]),
    )


def _shared_indices(train: object, validation: object) -> list[tuple[int, int]]:
    """Return positions of the same sample in two subsets of one data set."""
    if not (
        isinstance(train, Subset) and isinstance(validation, Subset) and train.dataset is validation.dataset
    ):
        return []
    position = {index: place for place, index in enumerate(train.indices)}
    return [(position[index], place) for place, index in enumerate(validation.indices) if index in position]
