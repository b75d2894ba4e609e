"""Promises of copies held against each other as wholes: what a step gets beside the inputs tells samples apart."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from cnndoctor.evidence.data import Duplicates, Overlap
from cnndoctor.patient.batches import Members
from cnndoctor.survey.source import Source
from cnndoctor.survey.wholes import whole_duplicates, whole_overlap

ANCHOR = torch.arange(16.0)
MASK = torch.arange(16) < 8
COPIES = Duplicates(groups=1, extra=1, examples=((0, 1),), conflicting_groups=1)
SHARED = Overlap(exact=1, examples=((0, 1),), groups=2, group_samples=3, group_size=4, group_names=("a",))


def source(*samples: Any) -> Source:
    """Return a split that holds these samples."""
    return Source(name="train", loader=list(samples), dataset=list(samples), members=Members())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((ANCHOR, ANCHOR + 1, ANCHOR + 2), (ANCHOR, ANCHOR + 1, ANCHOR + 3)),
        ({"x": ANCHOR, "mask": MASK}, {"x": ANCHOR, "mask": ~MASK}),
        ((ANCHOR, ANCHOR + 1), (ANCHOR, ANCHOR + 2)),
    ],
    ids=["triplets", "masks", "partners"],
)
def test_other_partners_and_other_masks_are_no_copies(one: Any, other: Any) -> None:
    """Equal inputs with another large tensor beside them are neither copies nor shared samples; groups are still told."""
    split = source(one, other)
    assert whole_duplicates(COPIES, split, beside_targets=False) == Duplicates()
    found = whole_overlap(SHARED, split, source(one, other), beside_targets=False)
    assert (found.exact, found.examples, found.groups, found.group_names) == (0, (), 2, ("a",))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((ANCHOR, ANCHOR + 1, 7), (ANCHOR, ANCHOR + 1, 8)),
        ((ANCHOR, 0), (ANCHOR, 1)),
        ({"x": ANCHOR, "name": "a"}, {"x": ANCHOR, "name": "b"}),
    ],
    ids=["index", "label", "text"],
)
def test_numbers_and_texts_do_not_make_copies_different(one: Any, other: Any) -> None:
    """An index, a label or a name beside equal tensors leaves them copies."""
    split = source(one, other)
    assert whole_duplicates(COPIES, split, beside_targets=False) == COPIES
    assert whole_overlap(SHARED, split, source(one, other), beside_targets=False) == SHARED


def test_known_targets_do_not_tell_inputs_apart() -> None:
    """Where a loss says that the second member is a target, other targets of equal inputs contradict each other."""
    split = source((ANCHOR, ANCHOR + 1), (ANCHOR, ANCHOR + 2))
    assert whole_duplicates(COPIES, split, beside_targets=True) == COPIES


def test_one_data_set_for_both_splits_stays_one() -> None:
    """The very same data set behind both splits needs no comparison."""
    split = source((ANCHOR, MASK))
    same = Overlap(exact=1, examples=((0, 0),), same_object=True)
    assert whole_overlap(same, split, split, beside_targets=False) == same


def test_what_cannot_be_read_again_stays_as_it_was_found() -> None:
    """A stream, and samples that raise on the second read, leave the finding alone."""
    stream = Source(name="train", loader=[], dataset=None, members=Members())
    assert whole_duplicates(COPIES, stream, beside_targets=False) == COPIES
    assert whole_duplicates(COPIES, source(), beside_targets=False) == COPIES
