"""The targets as labels: a histogram, one-hot vectors, labels out of range, column statistics."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from cnndoctor.evidence.data import LabelFacts
from cnndoctor.patient.task import Task
from cnndoctor.survey.accumulator import Moments, moments_of
from cnndoctor.survey.chunks import Chunk
from cnndoctor.survey.class_label import SUM_TOLERANCE, label_of
from cnndoctor.survey.extremes import extremes_of
from cnndoctor.survey.sample import Sample, as_tensor

MOST_LABELS = 1_000
MOST_DISTINCT = 10_000
TOLD_SAMPLES = 20
TOLD_COLUMNS = 64


@dataclass(slots=True, kw_only=True)
class LabelTally:
    """Adds up targets.

    Attributes:
        task: What kind of problem.
        classes: Number of classes of the model's head; 0 when unknown.
        ignore_index: Label that the loss skips; None without one.
        output_length: Length of the model's output sequence (ctc); 0 when unknown.
    """

    task: Task
    classes: int = 0
    ignore_index: int | None = None
    output_length: int = 0
    histogram: Counter[int | float] = field(default_factory=Counter)
    values: set[float] = field(default_factory=set)
    vectors: int = 0
    one_hot: int = 0
    sums_to_one: int = 0
    seen: int = 0
    lowest: float = math.inf
    highest: float = -math.inf
    out_of_range: list[int] = field(default_factory=list)
    too_long: list[int] = field(default_factory=list)
    columns: Moments | None = None
    waiting: list[Tensor] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Add the targets of one sample."""
        target = sample.targets.value
        if target is None or not target.numel() or target.is_complex():
            return
        self._see(target[None])
        match self.task:
            case Task.REGRESSION | Task.MULTILABEL:
                self._add_columns(target)
            case Task.CTC:
                self._add_sequence(sample, target)
            case _:
                self._add_labels(sample.index, target)

    def take(self, chunk: Chunk) -> None:
        """Add the targets of several samples, all at once where they are class numbers or values."""
        targets = chunk.targets
        if targets is None or not targets[:1].numel() or targets.is_complex() or self.task is Task.CTC:
            for sample in chunk.each():
                self.add(sample)
        elif self.task in {Task.REGRESSION, Task.MULTILABEL}:
            self._see(targets)
            self._take_columns(targets)
        elif targets[0].numel() == 1 and not targets.is_floating_point():
            self._see(targets)
            self._take_numbers(chunk.indices, targets.flatten())
        else:
            self._see(targets)
            for index, target in zip(chunk.indices, targets, strict=True):
                self._add_labels(index, target)

    def facts(self) -> LabelFacts:
        """Return what was seen so far."""
        self._flush()
        histogram = dict(sorted(self.histogram.items()))
        if self.task is Task.MULTILABEL and self.columns is not None:
            positives = (self.columns.mean * self.columns.count).round().long().tolist()
            histogram = dict(enumerate(positives))
        columns = self.columns
        return LabelFacts(
            histogram={_name(label): count for label, count in list(histogram.items())[:MOST_LABELS]},
            distinct=len(self.histogram) if self.histogram else len(self.values),
            one_hot=self.one_hot / self.vectors if self.vectors else 0.0,
            rows_sum_to_one=self.sums_to_one / self.vectors if self.vectors else 0.0,
            out_of_range=tuple(sorted(self.out_of_range)[:TOLD_SAMPLES]),
            out_of_range_count=len(self.out_of_range),
            lowest=self.lowest if math.isfinite(self.lowest) else 0.0,
            highest=self.highest if math.isfinite(self.highest) else 0.0,
            target_lengths_exceed_inputs=tuple(sorted(self.too_long)[:TOLD_SAMPLES]),
            column_means=tuple(columns.mean[:TOLD_COLUMNS].tolist()) if columns is not None else (),
            column_stds=tuple(columns.std()[:TOLD_COLUMNS].tolist()) if columns is not None else (),
        )

    def _see(self, targets: Tensor) -> None:
        """Count targets [N, ...] and note their range; one with NaN has none."""
        self.seen += len(targets)
        low, high = extremes_of(targets.reshape(len(targets), -1))
        known = low.isfinite()
        if bool(known.any()):
            self.lowest = min(self.lowest, float(low[known].min()))
            self.highest = max(self.highest, float(high[known].max()))

    def _take_numbers(self, indices: Sequence[int], targets: Tensor) -> None:
        counted = _counted(targets)
        for label, count in counted.items():
            self._count(label, count)
        wrong = {label for label in counted if self._is_wrong(label)}
        if wrong:
            pairs = zip(indices, targets.tolist(), strict=True)
            self.out_of_range += [index for index, label in pairs if label in wrong]

    def _take_columns(self, targets: Tensor) -> None:
        rows = targets.double().reshape(len(targets), -1)
        for value in rows[:, :4].flatten().tolist():
            self._value(value)
        self._merge(moments_of(rows.T))

    def _add_labels(self, index: int, target: Tensor) -> None:
        if target.ndim == 1 and len(target) > 1 and self._is_vector(target):
            label = label_of(target)
            if label is not None:
                self._count(int(label))
            return
        if target.is_floating_point():
            if target.numel() == 1:
                self._value(float(target))
                if float(target).is_integer() and len(self.values) <= MOST_LABELS:
                    self._count(int(target))
            return
        if target.numel() == 1:
            label = int(target)
            self._count(label)
            wrong = self._is_wrong(label)
        else:
            counted = _counted(target)
            for label, count in counted.items():
                self._count(label, count)
            wrong = any(map(self._is_wrong, counted))
        if wrong:
            self.out_of_range.append(index)

    def _is_vector(self, target: Tensor) -> bool:
        """Tell vectors of class probabilities from index labels, and count how they look."""
        values = target.double()
        looks = bool((values >= 0).all()) and abs(float(values.sum()) - 1) < SUM_TOLERANCE
        if not (looks or target.is_floating_point() or len(target) == self.classes):
            return False
        self.vectors += 1
        self.sums_to_one += looks
        self.one_hot += bool(looks and int((values == 1).sum()) == 1)
        return True

    def _add_columns(self, target: Tensor) -> None:
        """Gather rows; targets of one shape are counted together."""
        row = target.double().reshape(-1)
        for value in row[:4].tolist():
            self._value(value)
        if self.waiting and (self.waiting[0].shape != row.shape or len(self.waiting) >= 512):
            self._flush()
        self.waiting.append(row)

    def _flush(self) -> None:
        if self.waiting:
            self._merge(moments_of(torch.stack(self.waiting, 1)))
        self.waiting = []

    def _merge(self, new: Moments) -> None:
        if self.columns is None:
            self.columns = new
        elif len(self.columns.count) == len(new.count):
            self.columns = self.columns.merge(new)

    def _add_sequence(self, sample: Sample, target: Tensor) -> None:
        lengths = [
            int(length)
            for length in map(as_tensor, sample.extra[:2])
            if length is not None and length.numel() == 1
        ]
        told = len(lengths) == 2
        symbols = target.flatten()[: lengths[1]] if told else target.flatten()
        for symbol in symbols.tolist():
            self._count(int(symbol))
        repeats = int((symbols[1:] == symbols[:-1]).sum())  # CTC needs a blank between equal neighbours
        room = lengths[0] if told else self.output_length
        if room and len(symbols) + repeats > room:
            self.too_long.append(sample.index)
        if any(symbol < 0 or (self.classes and symbol >= self.classes) for symbol in symbols.tolist()):
            self.out_of_range.append(sample.index)

    def _count(self, label: int, count: int = 1) -> None:
        if label in self.histogram or len(self.histogram) <= MOST_DISTINCT:
            self.histogram[label] += count

    def _value(self, value: float) -> None:
        if len(self.values) <= MOST_DISTINCT:
            self.values.add(value)

    def _is_wrong(self, label: int) -> bool:
        if label == self.ignore_index:
            return False
        return label < 0 or (self.classes > 1 and label >= self.classes)


def _counted(labels: Tensor) -> dict[int, int]:
    """Return how often each whole number occurs, in ascending order."""
    flat = labels.flatten().long()
    low, high = (int(value) for value in flat.aminmax())
    if low >= 0 and high <= MOST_DISTINCT:  # a tenth of the time of sorting them
        counts = torch.bincount(flat)
        found = counts.nonzero().flatten()
        return dict(zip(found.tolist(), counts[found].tolist(), strict=True))
    numbers, times = np.unique(flat.numpy(), return_counts=True)
    return dict(zip(numbers.tolist(), times.tolist(), strict=True))


def _name(label: float) -> str:
    return str(int(label)) if float(label).is_integer() else f"{label:.6g}"
