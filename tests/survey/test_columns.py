"""Promises of taking many samples at once: the same samples as one by one, and only where that is certain."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset

from cnndoctor.patient.batches import Members
from cnndoctor.survey.chunks import Chunk
from cnndoctor.survey.columns import columns_of
from cnndoctor.survey.copies import Fingerprints
from cnndoctor.survey.source import Source, source_of

IMAGES = torch.rand(600, 1, 8, 8, generator=torch.Generator().manual_seed(0))
IMAGES[400] = IMAGES[17]
LABELS = torch.arange(600) % 7
DATA = TensorDataset(IMAGES, LABELS)


class Same(TensorDataset):
    """Derived from what is read at once, and so read one by one."""


class Doubled(TensorDataset):
    """Gives something else than its tensors hold."""

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        image, label = super().__getitem__(index)
        return 2 * image, label


def source(data: Dataset[object]) -> Source:
    """Return the training split of a data set."""
    return source_of("train", DataLoader(data, batch_size=4), data, Members())


def seen(chunks: list[Chunk]) -> list[tuple[object, ...]]:
    """Return all that chunks say of their samples, in order."""
    found: list[tuple[object, ...]] = []
    for chunk in chunks:
        assert chunk.inputs is not None
        assert chunk.targets is not None
        sides = zip(chunk.inputs.tolist(), chunk.targets.tolist(), strict=True)
        found += [
            (*pair, *side, chunk.kinds)
            for *pair, side in zip(chunk.indices, chunk.labels, sides, strict=True)
        ]
    return found


@pytest.mark.parametrize(
    "targets",
    [LABELS, LABELS.double() / 3, LABELS[:, None], torch.eye(7)[LABELS]],
    ids=["class", "value", "column", "soft"],
)
def test_samples_at_once_are_those_one_by_one(targets: Tensor) -> None:
    """In chunks of the same sizes come the same samples in the same order, with the same copies."""
    at_once, single = TensorDataset(IMAGES, targets), Same(IMAGES, targets)
    assert len(columns_of(at_once, [3])) == 2
    assert columns_of(single, [3]) == ()
    one, other = (list(source(data).chunks(None, None)) for data in (at_once, single))
    assert list(map(len, one)) == list(map(len, other))
    assert seen(one) == seen(other)
    assert _copies(one) == _copies(other) == ((17, 400),)


@pytest.mark.parametrize(
    "indices", [list(range(500, 90, -2)), range(5, 300), np.arange(3, 70)], ids=["list", "range", "array"]
)
def test_a_subset_is_read_at_once_too(indices: list[int]) -> None:
    """Of a part of a part come the samples that it names."""
    part = Subset(Subset(DATA, indices), [4, 0, 2])
    images, labels = columns_of(part, [2, 0])
    assert torch.equal(images, IMAGES[[int(indices[2]), int(indices[4])]])
    assert labels.tolist() == [LABELS[int(indices[2])], LABELS[int(indices[4])]]


@pytest.mark.parametrize(
    "data",
    [
        Doubled(IMAGES, LABELS),
        Subset(Doubled(IMAGES, LABELS), [0, 1]),
        Subset(DATA, [0, -1]),
        Subset(DATA, [0, 600]),
        Subset(DATA, [0]),
        Subset(DATA, [False, True]),
        Subset(DATA, [0.0, 1.0]),  # type: ignore[list-item]
        Subset(DATA, torch.tensor([0, 1])),  # type: ignore[arg-type]
        TensorDataset(IMAGES.to_sparse(), LABELS),
        TensorDataset(IMAGES.bfloat16(), LABELS),
        [(0, 1), (1, 2)],
    ],
    ids=[
        "other",
        "part of other",
        "from the end",
        "too far",
        "too few",
        "truths",
        "floats",
        "tensor",
        "sparse",
        "bfloat16",
        "list",
    ],
)
def test_what_is_not_certain_is_left_to_single_reads(data: object) -> None:
    """Another class, an index that is none, a tensor of another kind: nothing is taken at once."""
    assert columns_of(data, [0, 1]) == ()


def test_a_sample_that_a_part_names_in_vain_is_told() -> None:
    """An index beyond the data is named as the sample that cannot be read; the others are read."""
    broken = source(Subset(DATA, [5, 6, 9999, 7]))
    (chunk,) = broken.chunks(None, None)
    assert sorted(chunk.indices) == [0, 1, 3]
    assert [failure.phase for failure in broken.failures] == ["read train[2]"]
    (last,) = source(Subset(DATA, [0, -1])).chunks(None, None)
    assert dict(zip(last.indices, last.labels, strict=True)) == {0: 0, 1: 599 % 7}


def test_the_budget_holds_for_samples_at_once() -> None:
    """No more samples come than were asked for."""
    assert sum(map(len, source(DATA).chunks(300, None))) == 300


def _copies(chunks: list[Chunk]) -> tuple[tuple[int, int], ...]:
    prints = Fingerprints()
    for chunk in chunks:
        prints.take(chunk)
    return prints.duplicates().examples
