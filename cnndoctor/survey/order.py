"""What a loader does: batch sizes, whether it reshuffles, and whether labels come in runs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean, median, pstdev
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from cnndoctor.evidence.data import LoaderFacts
from cnndoctor.patient.batches import first_tensor, size_of
from cnndoctor.survey.class_label import label_of
from cnndoctor.survey.source import Source
from cnndoctor.user_code import user_code

MOST_BATCHES = 200  # whose indices are looked at; no data is read for it
READ_BATCHES = 8  # that are really read
SHUFFLES = 30  # of the labels, for what runs there are by chance
FEWEST_LABELS = 30  # that tell an order from chance
KNOWN_SHARE = 0.9  # of the labels wanted


@dataclass(frozen=True, slots=True)
class _Read:
    """A few batches as they came."""

    sizes: list[int]
    labels: list[list[int]]
    seconds: list[float]
    complete: bool


def loader_facts(source: Source, labels: Mapping[int, int], seconds: float) -> LoaderFacts:
    """Look at the order of two epochs and read a few batches.

    Args:
        source: The split.
        labels: Label by sample index, as far as the pass knows them.
        seconds: Time for reading batches.

    Raises:
        UserCodeError: The loader could not give a batch.
    """
    loader = source.loader
    read = _read(source, seconds)
    first, second = _index_batches(loader), _index_batches(loader)
    known = _labels_of(first, labels) or read.labels
    shuffles: bool | None = None
    if first and second and len(first) + len(first[0]) > 2:
        shuffles = first != second
    elif (
        not first
        and read.labels
        and sum(map(len, read.labels)) >= FEWEST_LABELS
        and len(set(read.labels[0])) > 1
    ):
        shuffles = read.labels != _read(source, seconds).labels
    excess, variety = _runs(known, list(labels.values()))
    sampler = getattr(loader, "sampler", None)
    batches = _length(loader) or (len(read.sizes) if read.complete else 0)
    return LoaderFacts(
        batches=batches,
        batch_size=read.sizes[0] if read.sizes else 0,
        last_batch_size=_last_size(loader, source.size, read),
        drop_last=bool(getattr(loader, "drop_last", False)),
        shuffles=shuffles,
        sampler=type(sampler).__name__ if sampler is not None else "",
        label_run_excess=excess,
        distinct_labels_per_batch=variety,
        seconds_per_batch=median(read.seconds) if read.seconds else 0.0,
        workers=int(getattr(loader, "num_workers", 0) or 0),
    )


def _read(source: Source, seconds: float) -> _Read:
    sizes, labels, times = [], [], []
    complete = True
    start = before = time.monotonic()
    for number, batch in enumerate(source.batches()):
        if number >= READ_BATCHES or time.monotonic() - start > seconds:
            complete = False
            break
        times.append(time.monotonic() - before)
        sizes.append(size_of(batch))
        labels.append(_batch_labels(source.members.targets_of(batch)))
        before = time.monotonic()
    return _Read(sizes, [row for row in labels if row], times, complete)


def _batch_labels(targets: object) -> list[int]:
    found = first_tensor(targets)
    if found is None or found.ndim == 0 or found.ndim > 2:
        return []
    labels = [label_of(row) for row in found]
    return [label for label in labels if label is not None] if None not in labels else []


def _index_batches(loader: Any) -> list[list[int]]:  # noqa: ANN401 - a loader is whatever the user's factory returns
    """Return the indices of the first batches of an epoch; empty for streams and loaders of another make."""
    if not isinstance(loader, DataLoader) or not hasattr(loader.dataset, "__getitem__"):
        return []
    batches = loader.batch_sampler
    if batches is None:
        return []
    with user_code("read training data", stage="data"):
        found = [list(batch) for batch in islice(iter(batches), MOST_BATCHES)]
    return found if all(isinstance(index, int) for batch in found for index in batch) else []


def _labels_of(batches: list[list[int]], labels: Mapping[int, int]) -> list[list[int]]:
    """Return the labels of each batch; empty unless nearly all are known."""
    wanted = sum(map(len, batches))
    known = [[labels[index] for index in batch if index in labels] for batch in batches]
    return known if wanted and sum(map(len, known)) >= KNOWN_SHARE * wanted else []


def _runs(batches: Sequence[Sequence[int]], pool: list[int]) -> tuple[float, float]:
    """Return the z-score of the mean top-label share per batch, and the relative number of labels per batch."""
    batches = [batch for batch in batches if len(batch) > 1]
    everything = [label for batch in batches for label in batch]
    # A sorted loader's first batches may hold a single label: what random batches would show comes from all labels known.
    pool = pool if len(pool) >= len(everything) else everything
    if len(everything) < FEWEST_LABELS or len(batches) < 2 or len(set(pool)) < 2:
        return 0.0, 1.0
    generator = torch.Generator().manual_seed(0)
    numbers = {label: i for i, label in enumerate(sorted(set(pool) | set(everything)))}
    codes = torch.tensor([numbers[label] for label in everything])
    drawn = torch.tensor([numbers[label] for label in pool])
    sizes = [len(batch) for batch in batches]
    observed = _shares(codes, sizes, len(numbers))
    by_chance = [
        _shares(drawn[torch.randperm(len(drawn), generator=generator)[: len(codes)]], sizes, len(numbers))
        for _ in range(SHUFFLES)
    ]
    tops, varieties = [share for share, _ in by_chance], [variety for _, variety in by_chance]
    spread = max(pstdev(tops), 1e-3)
    return (observed[0] - fmean(tops)) / spread, observed[1] / max(fmean(varieties), 1e-9)


def _shares(codes: Tensor, sizes: list[int], classes: int) -> tuple[float, float]:
    """Return the mean share of each batch's most frequent label, and the mean number of distinct labels."""
    tops, kinds = [], []
    for part in torch.split(codes, sizes):
        counts = part.bincount(minlength=classes)
        tops.append(float(counts.max()) / len(part))
        kinds.append(int((counts > 0).sum()))
    return fmean(tops), fmean(kinds)


def _last_size(loader: Any, size: int, read: _Read) -> int:  # noqa: ANN401
    batch_size = getattr(loader, "batch_size", None)
    if isinstance(loader, DataLoader) and isinstance(batch_size, int) and size:
        drawn = _length(getattr(loader, "sampler", None)) or size
        rest = drawn % batch_size
        return batch_size if getattr(loader, "drop_last", False) or not rest else rest
    return read.sizes[-1] if read.complete and read.sizes else 0


def _length(value: Any) -> int:  # noqa: ANN401
    try:
        return len(value)
    except (TypeError, NotImplementedError):
        return 0
