"""The targets as labels: a histogram, one-hot vectors, labels out of range, column statistics."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from cnndoctor.evidence.data import LabelFacts
from cnndoctor.patient.task import Task
from cnndoctor.survey.accumulator import Moments, moments_of
from cnndoctor.survey.sample import Sample, as_tensor

MOST_LABELS = 1_000
MOST_DISTINCT = 10_000
TOLD_SAMPLES = 20
TOLD_COLUMNS = 64
SUM_TOLERANCE = 1e-3


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
        self.seen += 1
        low, high = (float(v) for v in target.aminmax())
        if math.isfinite(low):
            self.lowest, self.highest = min(self.lowest, low), max(self.highest, high)
        match self.task:
            case Task.REGRESSION | Task.MULTILABEL:
                self._add_columns(target)
            case Task.CTC:
                self._add_sequence(sample, target)
            case _:
                self._add_labels(sample.index, target)

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
            labels, counts = np.unique(target.numpy(), return_counts=True)
            for one, count in zip(labels.tolist(), counts.tolist(), strict=True):
                self._count(int(one), count)
            wrong = any(self._is_wrong(int(one)) for one in labels.tolist())
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
        if not self.waiting:
            return
        new = moments_of(torch.stack(self.waiting, 1))
        if self.columns is None:
            self.columns = new
        elif len(self.columns.count) == len(new.count):
            self.columns = self.columns.merge(new)
        self.waiting = []

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


def label_of(target: Tensor | None) -> int | None:
    """Return the class of one sample's target; None when it is no single label.

    Args:
        target: A whole number, or a vector whose largest entry names the class.
    """
    if target is None or not target.numel() or target.is_complex():
        return None
    if target.numel() == 1:
        value = float(target)
        return int(value) if value.is_integer() else None
    if (
        target.ndim == 1
        and abs(float(target.double().sum()) - 1) < SUM_TOLERANCE
        and bool((target >= 0).all())
    ):
        return int(target.argmax())
    return None


def _name(label: float) -> str:
    return str(int(label)) if float(label).is_integer() else f"{label:.6g}"
