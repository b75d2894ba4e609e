"""Draws the tiny subset of the training data that a model is asked to learn by heart: once, as one fixed batch."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, IterableDataset

from cnndoctor.patient.batches import Members, as_bytes, size_of, tensors, transform
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.user_code import user_code

PER_CLASS = 2  # with one sample a class, a model that knows the class's mean has learnt nothing about it
MOST_SAMPLES = 128
# About 40 images of 3 × 224 × 224; more makes a step of a large model slow on a CPU.
MOST_ELEMENTS = 6_000_000
LEAST_SAMPLES = 8  # whatever they weigh
MOST_READ = 1_500  # samples looked at in search of all classes; chosen: a second or so of decoding
SECONDS = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """A few training samples as one batch.

    Attributes:
        batch: The batch, as the user's collate function makes it, on the CPU.
        samples: Samples in it.
        classes: Different labels in it; 0 where samples have no single label.
        reachable: Best accuracy possible: below 1 only when equal inputs with different labels could not be avoided.
        note: What could not be done as wanted; empty otherwise.
    """

    batch: Any
    samples: int
    classes: int = 0
    reachable: float = 1.0
    note: str = ""


@dataclass(slots=True)
class _Pool:
    """Samples read so far, by label."""

    by_label: dict[Hashable, list[Any]] = field(default_factory=dict)
    seen: dict[bytes, Hashable] = field(default_factory=dict)
    distinct: int = 0
    repeats: list[tuple[Hashable, Any, bytes]] = field(default_factory=list)

    def add(self, sample: Any, members: Members) -> None:  # noqa: ANN401 - a sample is what the user made it
        label, digest = label_of(members.targets_of(sample)), _digest(members.inputs_of(sample))
        if digest in self.seen:
            self.repeats.append((label, sample, digest))
            return
        self.seen[digest] = label
        self.by_label.setdefault(label, []).append(sample)
        self.distinct += 1


def tiny_subset(loader: Iterable[Any], members: Members, samples: int, *, classes: int = 0) -> Subset | None:
    """Draw about ``samples`` training samples, as evenly over the classes as they come.

    Samples are read in the loader's own order, so samplers and random augmentation act as in training; what is drawn
    stays fixed. Repeated inputs are left out (they may carry other labels) unless nothing else is there.

    Args:
        loader: The training loader.
        members: Which members of a sample are inputs and targets.
        samples: Samples wanted; raised so that each class has two, up to 128 in all.
        classes: Number of classes where it is known; reading ends once all were met.

    Returns:
        The subset; None when the loader gives no batch at all.

    Raises:
        UserCodeError: The user's data set or collate function raised.
    """
    if not isinstance(loader, DataLoader) or (loader.batch_size is None and loader.batch_sampler is None):
        return _head_of_batch(loader, members, samples)
    if type(loader.batch_sampler) is not BatchSampler:
        # The user's own, though it may inherit from torch's: a batch may be an episode, which has a form.
        return _head_of_batch(loader, members, MOST_SAMPLES)
    pool = _Pool()
    box = TimeBox(SECONDS)
    read = 0
    for sample in _samples_of(loader):
        pool.add(sample, members)
        read += 1
        if read >= MOST_READ or box.over or _enough(pool, samples, classes):
            break
    if not read:
        return None
    chosen, reachable, note = _choose(pool, _wanted(pool, samples, loader))
    with user_code("collate training data"):
        batch = loader.collate_fn(chosen)
    labelled = len({label for label in pool.by_label if label is not None})
    return Subset(
        batch=batch,
        samples=len(chosen),
        classes=labelled if labelled > 1 or (labelled == 1 and None not in pool.by_label) else 0,
        reachable=reachable,
        note=note,
    )


def label_of(targets: Any) -> Hashable:  # noqa: ANN401
    """Return what a sample is stratified by: its label, the set of labels in its mask, its labels; None for quantities."""
    if isinstance(targets, bool | int):
        return int(targets)
    if not isinstance(targets, Tensor):
        try:
            targets = torch.as_tensor(targets)
        except (TypeError, ValueError, RuntimeError):
            return targets if isinstance(targets, str) else None
    if targets.numel() == 0 or targets.is_complex():
        return None
    if targets.is_floating_point() and not bool(((targets == 0) | (targets == 1)).all()):
        return None
    if targets.numel() == 1:
        return int(targets.item())
    if (
        targets.ndim == 1
        and not targets.is_floating_point()
        and targets.dtype != torch.bool
        and targets.max() > 1
    ):
        return None  # a sequence of labels
    return tuple(targets.tolist()) if targets.ndim == 1 else tuple(targets.unique().tolist())


def _samples_of(loader: DataLoader[Any]) -> Iterator[Any]:
    """Yield single samples in the order the loader would batch them."""
    dataset: Any = loader.dataset
    if isinstance(dataset, IterableDataset):
        with user_code("read training data"):
            iterator = iter(dataset)
        while True:
            with user_code("read training data"):
                try:
                    sample = next(iterator)
                except StopIteration:
                    return
            yield sample
    met: set[Hashable] = set()
    for indices in loader.batch_sampler or ():
        for index in indices:
            if isinstance(index, Hashable) and index in met:
                continue
            met.add(index)
            with user_code(f"read train[{index}]"):
                sample = dataset[index]
            yield sample


def _head_of_batch(loader: Iterable[Any], members: Members, samples: int) -> Subset | None:
    """Take the first samples of the first batch: all that a loader of unknown make offers."""
    with user_code("read training data"):
        batch = next(iter(loader), None)
    if batch is None:
        return None
    size = size_of(batch)
    kept = min(size, max(samples, 1))

    def cut(tensor: Tensor) -> Tensor:
        return tensor[:kept] if tensor.ndim and len(tensor) == size else tensor

    batch = transform(batch, cut)
    targets = members.targets_of(batch)
    labels = {int(label) for label in targets.tolist()} if _are_labels(targets) else set()
    return Subset(
        batch=batch, samples=kept, classes=len(labels), note="taken from the first batch, not stratified"
    )


def _are_labels(targets: object) -> bool:
    return isinstance(targets, Tensor) and targets.ndim == 1 and not targets.is_floating_point()


def _enough(pool: _Pool, samples: int, classes: int) -> bool:
    """Return whether every class has its share, so that reading may end."""
    if None in pool.by_label:
        return pool.distinct >= samples
    share = max(PER_CLASS, -(-samples // max(1, len(pool.by_label))))
    full = sum(1 for members in pool.by_label.values() if len(members) >= share)
    if classes:
        return full >= classes
    return full == len(pool.by_label) and pool.distinct >= 8 * samples


def _wanted(pool: _Pool, samples: int, loader: DataLoader[Any]) -> int:
    """Return how many samples to take: more for many classes, fewer for very large samples."""
    labels = len(pool.by_label) if all(isinstance(label, int) for label in pool.by_label) else 0
    wanted = max(samples, min(MOST_SAMPLES, PER_CLASS * labels) if labels <= MOST_SAMPLES else samples)
    first = next(iter(pool.by_label.values()))[0]
    elements = sum(tensor.numel() for tensor in tensors(first)) or 1
    affordable = max(LEAST_SAMPLES, loader.batch_size or 0, MOST_ELEMENTS // elements)
    return min(wanted, affordable)


def _choose(pool: _Pool, wanted: int) -> tuple[list[Any], float, str]:
    """Take samples class by class in turn; fall back on repeated inputs when there are hardly others."""
    chosen: list[Any] = []
    queues = [list(members) for members in pool.by_label.values()]
    depth = 0
    while len(chosen) < min(wanted, pool.distinct):
        for queue in queues:
            if depth < len(queue) and len(chosen) < wanted:
                chosen.append(queue[depth])
        depth += 1
    if len(chosen) >= wanted or len(chosen) >= pool.distinct > len(pool.repeats):
        return chosen, 1.0, ""
    repeats = pool.repeats[: wanted - len(chosen)]
    wrong = sum(1 for label, _, digest in repeats if label != pool.seen[digest])
    chosen += [sample for _, sample, _ in repeats]
    note = f"{len(repeats)} of {len(chosen)} samples repeat the input of another"
    return chosen, 1 - wrong / len(chosen), note


def _digest(inputs: object) -> bytes:
    """Return a hash of the input's content; inputs without tensors count as all different."""
    hasher = hashlib.blake2b(digest_size=16)
    found = False
    for tensor in _arrays(inputs):
        found = True
        hasher.update(str((tuple(tensor.shape), tensor.dtype)).encode())
        hasher.update(as_bytes(tensor).numpy().tobytes())
    return hasher.digest() if found else id(inputs).to_bytes(8, "little")


def _arrays(inputs: object) -> Iterator[Tensor]:
    found = False
    for tensor in tensors(inputs):
        found = True
        yield tensor
    if not found and not isinstance(inputs, str | bytes | Mapping | Sequence):
        try:
            yield torch.as_tensor(inputs)
        except (TypeError, ValueError, RuntimeError):
            return
