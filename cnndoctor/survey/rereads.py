"""Reading the same sample again: is it augmented at random, and does that randomness repeat over workers or epochs?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from cnndoctor.errors import UserCodeError
from cnndoctor.survey.prints import fingerprint, label_print, tensor_prints
from cnndoctor.survey.sample import Side, sample_of
from cnndoctor.survey.source import Source
from cnndoctor.user_code import user_code

REREADS = 64
READS_PER_EPOCH = 8
WORKERS = 2
PATIENCE = 30.0  # seconds before a worker that never answers is given up


@dataclass(frozen=True, slots=True)
class FirstRead:
    """What tells a sample's tensors and its target apart, as they were read first."""

    inputs: Mapping[str, Hashable]  # by name of the tensor
    target: Hashable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """Shares of samples that came out differently when read again.

    Attributes:
        inputs: In any of their inputs.
        targets: In their targets.
        tensors: In each of several input tensors, by name.
    """

    inputs: float = 0.0
    targets: float = 0.0
    tensors: Mapping[str, float] = field(default_factory=dict)


def random_reads(source: Source, first: Mapping[int, FirstRead]) -> ReadAgain:
    """Return the shares of samples whose inputs, and whose targets, come out differently when read again.

    Args:
        source: The split.
        first: What the first reading gave, by index.
    """
    inputs = targets = count = 0
    tensors: Counter[str] = Counter()
    for index in list(first)[:REREADS] if source.map_style else ():
        try:
            again = source.read(index)
        except UserCodeError:
            continue
        count += 1
        before, now = first[index], tensor_prints(again.inputs)
        inputs += now != before.inputs
        targets += label_print(again.targets) != before.target
        tensors.update(name for name, content in before.inputs.items() if now.get(name) != content)
    if not count:
        return ReadAgain()
    return ReadAgain(
        inputs=inputs / count,
        targets=targets / count,
        tensors={name: changed / count for name, changed in tensors.items()},
    )


def random_variance(
    source: Source, first: Mapping[int, FirstRead], stds: Mapping[str, float]
) -> dict[str, float]:
    """Return the share of the inputs' variance that is drawn anew at each read: 0 without augmentation, 1 for pure noise.

    Half the mean square difference of two reads of a sample is the variance around what stays of it.

    Args:
        source: The split.
        first: What was read, by index.
        stds: Standard deviation of each input tensor, by name; a single one has no name.

    Returns:
        The share of each, by name.
    """
    noise, count = dict.fromkeys(stds, 0.0), dict.fromkeys(stds, 0)
    for index in list(first)[:REREADS] if source.map_style and any(stds.values()) else ():
        try:
            one, other = _tensors(source.read(index).inputs), _tensors(source.read(index).inputs)
        except UserCodeError:
            continue
        for name in stds.keys() & one.keys() & other.keys():
            here, there = one[name], other[name]
            if here.shape == there.shape and here.is_floating_point():
                noise[name] += float((here.double() - there.double()).square().mean()) / 2
                count[name] += 1
    return {name: _share(noise[name], count[name], std) for name, std in stds.items()}


def _share(noise: float, count: int, std: float) -> float:
    return min(1.0, noise / count / std**2) if count and std > 0 and math.isfinite(noise) else 0.0


def _tensors(side: Side) -> dict[str, Tensor]:
    return dict(side.named) or ({"": side.value} if side.value is not None else {})


def repeated_reads(source: Source, share: float) -> bool | None:
    """Return whether the random stream of augmentation repeats in another worker or in the next epoch.

    One sample is read again and again through the user's own loader settings, two epochs long: two workers that give
    the same sequence of pictures, or two epochs that do, hold copies of one random generator.

    Args:
        source: The training split.
        share: Share of re-read samples that differed.

    Returns:
        None when reads are not random, or when no workers are used and nothing can repeat unseen.
    """
    loader = source.loader
    if not share or not source.map_style or not isinstance(loader, DataLoader):
        return None
    workers = min(WORKERS, loader.num_workers)
    for index in source.planned(8):
        if index in source.broken:
            continue
        epochs = _two_epochs(loader, OneSample(source.dataset, index, source), workers)
        if epochs is None:
            return None
        if len(set(epochs[0])) >= READS_PER_EPOCH // 2:  # this sample does change within an epoch
            return epochs[0] == epochs[1] or (workers == WORKERS and _workers_agree(epochs[0]))
    return None


@dataclass(frozen=True, slots=True, eq=False)
class OneSample(Dataset[Hashable]):
    """One sample of a data set, many times over; gives fingerprints, so that nothing large travels between processes."""

    dataset: Any
    index: int
    source: Source

    def __len__(self) -> int:
        """Return how often it is read in an epoch."""
        return READS_PER_EPOCH

    def __getitem__(self, _: int) -> Hashable:
        """Read the sample again."""
        return fingerprint(
            sample_of(self.index, self.dataset[self.index], self.source.members).inputs, blank=True
        )


def _two_epochs(
    loader: DataLoader[Any], data: Dataset[Hashable], workers: int
) -> list[list[Hashable]] | None:
    """Return the fingerprints of two epochs; None when the reading raised (the pass over the data tells why)."""
    try:
        with user_code("read training data", stage="data"):
            again = DataLoader(
                data,
                batch_size=1,
                num_workers=workers,
                collate_fn=_first,
                worker_init_fn=loader.worker_init_fn,
                multiprocessing_context=loader.multiprocessing_context if workers else None,
                persistent_workers=loader.persistent_workers if workers else False,
                timeout=PATIENCE if workers else 0,
            )
            return [list(again), list(again)]
    except UserCodeError:
        return None


def _first(batch: list[Hashable]) -> Hashable:
    return batch[0]


def _workers_agree(reads: list[Hashable]) -> bool:
    """Tell whether two workers, which take turns, gave the same sequence of different pictures."""
    one, other = reads[0::2], reads[1::2]
    return one == other and len(set(one)) > 1
