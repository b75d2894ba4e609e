"""Gathers samples of one shape until there are enough to be looked at together: a batch costs a tenth of so many samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from cnndoctor.survey.sample import Sample

MOST_SAMPLES = 256
MOST_ELEMENTS = 2_000_000


class Taker(Protocol):
    """Who looks at samples a few hundred at a time."""

    def take(self, samples: Sequence[Sample], batch: Tensor) -> None:
        """Take samples and their inputs, stacked [N, ...]."""


@dataclass(slots=True)
class Chunks:
    """Samples on their way to those who take them; inputs without a single tensor of two elements or more are left out."""

    takers: Sequence[Taker]
    waiting: list[Sample] = field(default_factory=list)
    values: list[Tensor] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Add one sample."""
        value = sample.inputs.value
        if value is None or sample.inputs.parts > 1 or value.numel() < 2:
            return
        if self.values and self._is_full(value):
            self.flush()
        self.waiting.append(sample)
        self.values.append(value)

    def flush(self) -> None:
        """Hand over what waits."""
        if not self.values:
            return
        batch = torch.stack(self.values)
        for taker in self.takers:
            taker.take(self.waiting, batch)
        self.waiting, self.values = [], []

    def _is_full(self, value: Tensor) -> bool:
        first = self.values[0]
        return (
            first.shape != value.shape
            or first.dtype != value.dtype
            or len(self.values) >= MOST_SAMPLES
            or len(self.values) * first.numel() > MOST_ELEMENTS
        )
