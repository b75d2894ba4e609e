"""A few batches of an epoch that are scored: small ones are scored together, for scoring costs as much as a step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from cnndoctor.patient.scoring import Tally
from cnndoctor.patient.task import Task

TOGETHER = {Task.CLASSIFICATION, Task.REGRESSION, Task.MULTILABEL}
SMALL = 2**16  # elements of outputs that are kept: a quarter of a megabyte


@dataclass(slots=True)
class ScoredBatches:
    """Outputs and targets of an epoch's scored batches.

    Attributes:
        into: The tally that they end in.
    """

    into: Tally
    _kept: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    def add(self, outputs: Any, targets: Any) -> None:  # noqa: ANN401 - a model returns what it likes
        """Take one batch, with outputs and targets as the forward and the loader gave them."""
        plain = isinstance(outputs, Tensor) and isinstance(targets, Tensor) and self.into.task in TOGETHER
        if not plain or not 0 < outputs.ndim <= 2 or targets.ndim == 0 or outputs.numel() > SMALL:
            self.into.add(outputs, targets)
            return
        # Copies: a compiled model and some loaders write the next batch over this one.
        self._kept.append((outputs.detach().clone(), targets.detach().clone()))

    def tally(self) -> Tally:
        """Return the tally with everything that was added in it."""
        kept = self._kept
        if kept and all(_alike(pair, kept[0]) for pair in kept):
            self.into.add(
                torch.cat([outputs for outputs, _ in kept]), torch.cat([truth for _, truth in kept])
            )
        else:
            for outputs, targets in kept:
                self.into.add(outputs, targets)
        kept.clear()
        return self.into


def _alike(left: tuple[Tensor, Tensor], right: tuple[Tensor, Tensor]) -> bool:
    return all(
        a.shape[1:] == b.shape[1:] and a.dtype is b.dtype and a.device == b.device
        for a, b in zip(left, right, strict=True)
    )
