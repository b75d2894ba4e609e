"""Promises of looking at samples a few hundred at a time: what is said is what looking at each by itself says."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cnndoctor.patient.batches import Members
from cnndoctor.survey.accumulator import Accumulator
from cnndoctor.survey.chunks import MOST_SAMPLES, Chunk, chunk_of, chunks_of
from cnndoctor.survey.class_label import label_of, labels_of
from cnndoctor.survey.extremes import extremes_of
from cnndoctor.survey.prints import label_print, label_prints
from cnndoctor.survey.sample import sample_of, side_of
from cnndoctor.survey.source import Source, source_of

IMAGES = torch.rand(700, 1, 6, 6, generator=torch.Generator().manual_seed(0))


class Kept(Dataset[object]):
    """Samples from a list; some of them cannot be read."""

    def __init__(self, samples: list[object], broken: tuple[int, ...] = ()) -> None:
        self.samples, self.broken = samples, broken

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> object:
        if index in self.broken:
            raise OSError(f"no file {index}")
        return self.samples[index]


def source(samples: list[object], broken: tuple[int, ...] = ()) -> Source:
    """Return a split of these samples."""
    data = Kept(samples, broken)
    return source_of("train", DataLoader(data, batch_size=4), data, Members())


@pytest.mark.parametrize(
    "wrap", [tuple, list, lambda pair: (*pair, "file.png")], ids=["pair", "list", "longer"]
)
def test_every_sample_comes_once_whatever_holds_it(wrap) -> None:
    """Each index appears once with its own inputs and label, read together or described one by one."""
    chunks = list(source([wrap((image, n % 7)) for n, image in enumerate(IMAGES)]).chunks(None, None))
    seen: dict[int, tuple[Tensor, int | None]] = {}
    for chunk in chunks:
        assert chunk.inputs is not None
        seen |= dict(zip(chunk.indices, zip(chunk.inputs, chunk.labels, strict=True), strict=True))
    assert sorted(seen) == list(range(700))
    assert all(torch.equal(image, IMAGES[n]) and label == n % 7 for n, (image, label) in seen.items())
    assert max(map(len, chunks)) == MOST_SAMPLES


def test_a_sample_that_raises_is_named_and_the_others_are_read() -> None:
    """Of three files that are missing in the middle of a run, each is told with its index."""
    one = source([(image, 0) for image in IMAGES], broken=(3, 4, 650))
    read = [index for chunk in one.chunks(None, None) for index in chunk.indices]
    assert sorted(read) == [n for n in range(700) if n not in {3, 4, 650}]
    assert sorted(one.broken) == [3, 4, 650]
    assert sorted(failure.phase for failure in one.failures) == [
        "read train[3]",
        "read train[4]",
        "read train[650]",
    ]


def test_samples_of_several_shapes_and_types_are_not_put_together() -> None:
    """What differs in shape or dtype is told one by one, with its own type."""
    mixed = [IMAGES[0], IMAGES[1][:, :4], IMAGES[2].double(), IMAGES[3].double()]
    assert chunk_of([0, 1, 2, 3], mixed, [0, 0, 0, 0]) is None
    seen = Accumulator()
    for chunk in chunks_of(sample_of(n, (image, 0), Members()) for n, image in enumerate(mixed)):
        assert chunk.inputs is not None
        seen.take(chunk.indices, chunk.kinds[0], chunk.inputs)
    facts = seen.facts()
    assert facts.dtypes == {"float32": 2, "float64": 2}
    assert facts.shapes == {"1x6x6": 3, "1x4x6": 1}


def test_statistics_of_a_batch_are_those_of_its_samples() -> None:
    """Taken together or added one by one, NaN and blank samples included, the facts are the same."""
    images = IMAGES[:200].clone()
    images[7, 0, 2, 2], images[9] = torch.nan, 0.5
    one, other = Accumulator(), Accumulator()
    one.take(range(200), "tensor", images)
    for index, image in enumerate(images):
        other.add(index, side_of(image))
    assert one.facts() == other.facts()


@pytest.mark.parametrize(
    "targets",
    [
        torch.tensor([0, 3, -1]),
        torch.tensor([0.0, 2.5, torch.nan]),
        torch.tensor([[1], [2]]),
        torch.tensor([[0, 1, 0], [1, 1, 0]]),
        torch.tensor([[0.2, 0.8], [0.5, 0.4]]),
        torch.tensor([[[0, 1], [1, 0]]]),
    ],
    ids=["numbers", "values", "columns", "vectors", "soft", "masks"],
)
def test_labels_and_prints_of_a_batch_are_those_of_its_samples(targets: Tensor) -> None:
    """A class, or none, and something equal for equal targets: as for each target by itself."""
    sides = [side_of(target) for target in targets]
    assert labels_of(targets) == [label_of(side.value) for side in sides]
    alone: list[Hashable | None] = [label_print(side) for side in sides]
    assert label_prints(targets) == alone


def test_extremes_are_those_of_every_kind_of_number() -> None:
    """Truth values, halves and complex numbers have a lowest and a highest value; NaN is handed on."""
    low, high = extremes_of(torch.tensor([[True, False], [True, True]]))
    assert (low.tolist(), high.tolist()) == ([0, 1], [1, 1])
    low, high = extremes_of(torch.tensor([[1 + 5j, 2 - 3j]]))
    assert (low.tolist(), high.tolist()) == ([-3.0], [5.0])
    low, high = extremes_of(torch.tensor([[1.0, torch.nan], [2.0, 4.0]]).half())
    assert low.isnan().tolist() == high.isnan().tolist() == [True, False]


def test_a_chunk_tells_its_samples_one_by_one() -> None:
    """Samples out of a batch are what describing them by hand gives."""
    chunk = chunk_of([5, 6], [IMAGES[0], IMAGES[1]], [1, 2])
    assert isinstance(chunk, Chunk)
    first, second = chunk.each()
    assert (first.index, second.index) == (5, 6)
    assert first.targets.kind == "number"
    assert first.inputs.value is not None
    assert torch.equal(first.inputs.value, IMAGES[0])


def test_single_numbers_and_numpy_numbers_are_inputs_too() -> None:
    """Keys of an embedding, plain or as NumPy gives them, are numbers; nothing is said of their extremes wrongly."""
    for numbers in (range(5), np.arange(5)):
        (chunk,) = source([(number, 1.0) for number in numbers]).chunks(None, None)
        assert chunk.kinds == ("number", "number")
        assert chunk.extremes is not None
        assert sorted(chunk.extremes[0].tolist()) == [0, 1, 2, 3, 4]
