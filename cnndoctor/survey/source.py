"""Where the samples of a split come from: a map-style data set, a stream, or a finished loader taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, default_collate, default_convert

from cnndoctor.errors import UserCodeError
from cnndoctor.finding import UserFailure
from cnndoctor.patient.batches import Members, size_of, tensors, transform
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.survey.chunks import Chunk, chunk_of, chunks_of, room_for
from cnndoctor.survey.columns import columns_of
from cnndoctor.survey.sample import Sample, Side, sample_of
from cnndoctor.user_code import user_code

MOST_BROKEN = 20  # failures kept with their traceback
FIRST_RUN = 8  # samples, to see how large they are
GIVE_UP = 200  # samples that raise before a single one could be read


@dataclass(slots=True, kw_only=True)
class Source:
    """The samples of one split.

    Attributes:
        name: train or validation.
        loader: The split's loader as configured; what no data set gives is read from it.
        dataset: The map-style data set behind it; None for streams and for loaders that hide it.
        members: Which members of a sample are inputs and targets.
        failures: What reading single samples raised, first 20.
        broken: Indices of the samples that raised.
    """

    name: str
    loader: Iterable[Any]
    dataset: Any
    members: Members
    failures: list[UserFailure] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)

    @property
    def map_style(self) -> bool:
        """Return whether samples can be read by index."""
        return self.dataset is not None

    @property
    def size(self) -> int:
        """Return the number of samples; 0 when nobody knows."""
        known = self.dataset if self.dataset is not None else getattr(self.loader, "dataset", None)
        try:
            return len(known) if known is not None else 0
        except (TypeError, NotImplementedError):
            return 0

    def read(self, index: int) -> Sample:
        """Read one sample by index, through the loader's collate function where the user wrote one.

        Args:
            index: Index into the data set.

        Raises:
            UserCodeError: Reading it raised.
        """
        with user_code(f"read {self.name}[{index}]", stage="data"):
            return self._sample(index, self.dataset[index])

    def _sample(self, index: int, raw: Any) -> Sample:  # noqa: ANN401 - a sample is whatever the user's data set gives
        collate = getattr(self.loader, "collate_fn", default_collate)
        if collate not in (default_collate, default_convert):
            batch = transform(collate([raw]), _without_batch_axis)
            return replace(sample_of(index, batch, self.members), extra=())
        sample = sample_of(index, raw, self.members)
        if collate is default_collate and not (_is_plain(sample.inputs) and _is_plain(sample.targets)):
            return sample_of(index, transform(default_collate([raw]), _without_batch_axis), self.members)
        return sample

    def planned(self, most: int | None) -> list[int]:
        """Return the indices to read, in a random order that is the same every time: a cut then leaves a fair sample."""
        order = torch.randperm(self.size, generator=torch.Generator().manual_seed(0)).tolist()
        return order if most is None else order[:most]

    def chunks(self, most: int | None, seconds: float | None) -> Iterator[Chunk]:
        """Yield samples a few hundred at a time until the budget is spent; one that raises is noted and left out.

        Args:
            most: Samples at most; None for all.
            seconds: Seconds at most; None without limit.

        Raises:
            UserCodeError: Nothing could be read at all.
        """
        box = TimeBox(seconds)
        count = 0
        for chunk in self._by_index(most, box) if self.map_style else chunks_of(self._streamed(most, box)):
            count += len(chunk)
            yield chunk
        if not count and self.failures:
            raise UserCodeError(self.failures[0])

    def _by_index(self, most: int | None, box: TimeBox) -> Iterator[Chunk]:
        """Read by index, a few samples first: how many are looked at together depends on their size."""
        planned = self.planned(most)
        place, together, count = 0, FIRST_RUN, 0
        while place < len(planned) and not box.over and (count or len(self.broken) < GIVE_UP):
            run = planned[place : place + together]
            place += len(run)
            for chunk in self._chunks_of_run(run, box):
                count += len(chunk)
                together = room_for(chunk)
                yield chunk

    def _chunks_of_run(self, run: Sequence[int], box: TimeBox) -> Iterable[Chunk]:
        if not self._collates_plainly:
            return chunks_of(self._described(run, box))
        if self.members == Members():
            columns = columns_of(self.dataset, run)
            if len(columns) == 2:
                return (Chunk(indices=run, inputs=columns[0], targets=columns[1]),)
        indices, raws = self._raw(run, box)
        if not raws:
            return ()
        whole = _at_once(indices, raws, self.members)
        return (whole,) if whole is not None else chunks_of(self._told(indices, raws))

    @property
    def _collates_plainly(self) -> bool:
        return getattr(self.loader, "collate_fn", default_collate) in (default_collate, default_convert)

    def _raw(self, run: Sequence[int], box: TimeBox) -> tuple[list[int], list[Any]]:
        """Return the indices that could be read, and what the data set gave."""
        indices: list[int] = []
        raws: list[Any] = []
        waiting = iter(run)
        index = -1
        ended = False
        while not ended:
            try:
                # The border stands around all of them: to enter it costs as much as a small sample.
                with user_code(f"read {self.name}", stage="data"):
                    for index in waiting:
                        raws.append(self.dataset[index])
                        indices.append(index)
                        if box.over:
                            break
                ended = True
            except UserCodeError as error:
                self._note(index, replace(error.failure, phase=f"read {self.name}[{index}]"))
                ended = box.over
        return indices, raws

    def _told(self, indices: Sequence[int], raws: Sequence[Any]) -> Iterator[Sample]:
        for index, raw in zip(indices, raws, strict=True):
            try:
                with user_code(f"read {self.name}[{index}]", stage="data"):
                    yield self._sample(index, raw)
            except UserCodeError as error:
                self._note(index, error.failure)

    def _described(self, run: Sequence[int], box: TimeBox) -> Iterator[Sample]:
        for index in run:
            try:
                yield self.read(index)
            except UserCodeError as error:
                self._note(index, error.failure)
            if box.over:
                return

    def _note(self, index: int, failure: UserFailure) -> None:
        self.broken.append(index)
        if len(self.failures) < MOST_BROKEN:
            self.failures.append(failure)

    def _streamed(self, most: int | None, box: TimeBox) -> Iterator[Sample]:
        """Take batches apart; a stream cannot go on after it raised."""
        position = 0
        try:
            for batch in self.batches():
                for raw in apart(batch):
                    if (most is not None and position >= most) or (position and box.over):
                        return
                    yield sample_of(position, raw, self.members)
                    position += 1
        except UserCodeError as error:
            self._note(position, replace(error.failure, phase=f"read {self.name}[{position}]"))

    def batches(self) -> Iterator[Any]:
        """Yield batches of one epoch as the loader gives them.

        Raises:
            UserCodeError: The loader, its data set or its collate function raised.
        """
        phase = "training data" if self.name == "train" else "validation"
        with user_code(f"read {phase}", stage="data"):
            iterator = iter(self.loader)
        while True:
            with user_code(f"read {phase}", stage="data"):
                try:
                    batch = next(iterator)
                except StopIteration:
                    return
            yield batch


def source_of(name: str, loader: Iterable[Any], dataset: Any, members: Members) -> Source:  # noqa: ANN401
    """Return the source of a split.

    Args:
        name: train or validation.
        loader: The split's loader.
        dataset: The configured data set; None with a finished loader, whose own is then used where it has one.
        members: Which members are inputs and targets.
    """
    held = getattr(loader, "dataset", None) if isinstance(loader, DataLoader) else None
    dataset = dataset if dataset is not None else held
    batches_inside = (
        isinstance(loader, DataLoader) and loader.batch_sampler is None
    )  # batch_size null: items are batches
    indexed = (
        hasattr(dataset, "__getitem__")
        and hasattr(dataset, "__len__")
        and not isinstance(dataset, IterableDataset | dict)
        and not batches_inside
    )
    return Source(name=name, loader=loader, dataset=dataset if indexed else None, members=members)


def _at_once(indices: Sequence[int], raws: Sequence[Any], members: Members) -> Chunk | None:
    """Return samples of two tensors or numbers each as one chunk; None where they hold anything else.

    Args:
        indices: Of the samples.
        raws: What the data set gave, at least one.
        members: Which members are inputs and targets.
    """
    kinds = set(map(type, raws))
    if kinds <= {tuple, list} and set(map(len, raws)) == {2} and members == Members():
        inputs, targets = zip(*raws, strict=True)
        return chunk_of(indices, inputs, targets)
    if kinds == {dict}:
        return chunk_of(
            indices, [members.inputs_of(raw) for raw in raws], [members.targets_of(raw) for raw in raws]
        )
    return None


def apart(batch: Any) -> Iterator[Any]:  # noqa: ANN401 - a batch holds what the user put in
    """Yield the samples of a batch: every tensor is cut along its first axis; what is shorter is left whole."""
    count = size_of(batch)
    same = all(tensor.ndim > 0 and len(tensor) == count for tensor in tensors(batch))
    if not same:
        return
    for index in range(count):
        yield transform(batch, lambda tensor, index=index: tensor[index])  # type: ignore[misc]


def _is_plain(side: Side) -> bool:
    """Tell whether torch's collate would make of one sample what is known of it already."""
    return side.kind != "other" or (side.plain and side.parts > 0)


def _without_batch_axis(tensor: Tensor) -> Tensor:
    """Drop the batch axis of one sample's batch: the first axis, or the second for time-major batches."""
    if tensor.ndim and tensor.shape[0] == 1:
        return tensor[0]
    if tensor.ndim > 1 and tensor.shape[1] == 1:
        return tensor[:, 0]
    return tensor
