"""Where the samples of a split come from: a map-style data set, a stream, or a finished loader taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, default_collate, default_convert

from cnndoctor.errors import UserCodeError
from cnndoctor.finding import UserFailure
from cnndoctor.patient.batches import Members, size_of, tensors, transform
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.survey.sample import Sample, sample_of
from cnndoctor.user_code import user_code

MOST_BROKEN = 20  # failures kept with their traceback
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
        collate = getattr(self.loader, "collate_fn", default_collate)
        with user_code(f"read {self.name}[{index}]", stage="data"):
            raw = self.dataset[index]
            if collate not in (default_collate, default_convert):
                batch = transform(collate([raw]), _without_batch_axis)
                return replace(sample_of(index, batch, self.members), extra=())
            sample = sample_of(index, raw, self.members)
            if "other" in (sample.inputs.kind, sample.targets.kind) and collate is default_collate:
                return sample_of(index, transform(default_collate([raw]), _without_batch_axis), self.members)
            return sample

    def planned(self, most: int | None) -> list[int]:
        """Return the indices to read, in a random order that is the same every time: a cut then leaves a fair sample."""
        order = torch.randperm(self.size, generator=torch.Generator().manual_seed(0)).tolist()
        return order if most is None else order[:most]

    def samples(self, most: int | None, seconds: float | None) -> Iterator[Sample]:
        """Yield samples until the budget is spent; a sample that raises is noted and left out.

        Args:
            most: Samples at most; None for all.
            seconds: Seconds at most; None without limit.

        Raises:
            UserCodeError: Nothing could be read at all.
        """
        box = TimeBox(seconds)
        reading = self._by_index(most) if self.map_style else self._streamed(most)
        count = 0
        for sample in reading:
            if sample is not None:
                count += 1
                yield sample
            elif not count and len(self.broken) >= GIVE_UP:
                break
            if box.over:
                break
        if not count and self.failures:
            raise UserCodeError(self.failures[0])

    def _by_index(self, most: int | None) -> Iterator[Sample | None]:
        for index in self.planned(most):
            try:
                yield self.read(index)
            except UserCodeError as error:
                self._note(index, error.failure)
                yield None

    def _note(self, index: int, failure: UserFailure) -> None:
        self.broken.append(index)
        if len(self.failures) < MOST_BROKEN:
            self.failures.append(failure)

    def _streamed(self, most: int | None) -> Iterator[Sample | None]:
        """Take batches apart; a stream cannot go on after it raised."""
        position = 0
        try:
            for batch in self.batches():
                for raw in apart(batch):
                    if most is not None and position >= most:
                        return
                    yield sample_of(position, raw, self.members)
                    position += 1
        except UserCodeError as error:
            self._note(position, replace(error.failure, phase=f"read {self.name}[{position}]"))
            yield None

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


def apart(batch: Any) -> Iterator[Any]:  # noqa: ANN401 - a batch holds what the user put in
    """Yield the samples of a batch: every tensor is cut along its first axis; what is shorter is left whole."""
    count = size_of(batch)
    same = all(tensor.ndim > 0 and len(tensor) == count for tensor in tensors(batch))
    if not same:
        return
    for index in range(count):
        yield transform(batch, lambda tensor, index=index: tensor[index])  # type: ignore[misc]


def _without_batch_axis(tensor: Tensor) -> Tensor:
    """Drop the batch axis of one sample's batch: the first axis, or the second for time-major batches."""
    if tensor.ndim and tensor.shape[0] == 1:
        return tensor[0]
    if tensor.ndim > 1 and tensor.shape[1] == 1:
        return tensor[:, 0]
    return tensor
