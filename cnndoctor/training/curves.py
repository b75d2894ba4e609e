"""Series over single steps: loss, learning rate and gradient norm, fetched from the device in bundles, thinned evenly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from cnndoctor.probes.gradient_norm import whole_norms

MOST_POINTS = 300  # evidence stays kilobytes; a plot has no more pixels

DENSE_START = 16
# Later only every second kept step has its gradient norm: it is the dearest number of a small model's step.
DENSE_NORMS = 64


@dataclass(slots=True, kw_only=True)
class Curves:
    """Grows with the run; every ``stride``-th step is kept, and the stride doubles when the series is full.

    The first steps are all kept, for much goes wrong there.

    Attributes:
        most: Points kept at most.
        stride: Distance between kept steps.
        steps: Index of each kept step.
        losses: Its loss.
        lrs: Learning rate of the first group.
        norms: Global gradient norm before clipping; NaN where it was not computed.
    """

    most: int = MOST_POINTS
    stride: int = 1
    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    lrs: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    _pending: list[tuple[int, Tensor, float, Sequence[Tensor] | None]] = field(default_factory=list)

    def wants(self, index: int) -> bool:
        """Return whether this step is kept."""
        return index % self.stride == 0 or index < DENSE_START

    def wants_norm(self, index: int) -> bool:
        """Return whether the gradient norm of this step is to be computed."""
        return index % (2 * self.stride) == 0 or (index < DENSE_NORMS and self.wants(index))

    def add(self, index: int, loss: Tensor, lr: float, norm: Sequence[Tensor] | None) -> None:
        """Add one step; nothing is read from the device yet.

        Args:
            index: Step.
            loss: Its loss, a scalar on the device.
            lr: Learning rate of the first group.
            norm: Norms of the single gradients, scalars on the device, at steps that want the norm of all.
        """
        self._pending.append((index, loss, lr, norm))

    def fetch(self) -> tuple[int, list[float], list[float]]:
        """Read what was added since the last time, in two transfers.

        Returns:
            The first of these steps, the loss of each, and the gradient norms of those that wanted one.
        """
        pending = self._pending
        if not pending:
            return 0, [], []
        losses = _read([entry[1] for entry in pending])
        norms = whole_norms([entry[3] for entry in pending if entry[3] is not None])
        read = iter(norms)
        for (index, _, lr, parts), value in zip(pending, losses, strict=True):
            norm = next(read) if parts is not None else math.nan
            if index % self.stride == 0 or index < DENSE_START:
                self._keep(index, value, lr, norm)
        first = pending[0][0]
        pending.clear()
        return first, losses, norms

    def state(self) -> dict[str, Any]:
        """Return plain data for a checkpoint."""
        names = ("stride", "steps", "losses", "lrs", "norms")
        return {name: getattr(self, name) for name in names}

    def load(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's data."""
        self.stride = state["stride"]
        self.steps, self.losses = list(state["steps"]), list(state["losses"])
        self.lrs, self.norms = list(state["lrs"]), list(state["norms"])

    def _keep(self, index: int, loss: float, lr: float, norm: float) -> None:
        for series, value in ((self.steps, index), (self.losses, loss), (self.lrs, lr), (self.norms, norm)):
            series.append(value)  # type: ignore[arg-type]
        if len(self.steps) > self.most:
            self.stride *= 2
            kept = [i for i, step in enumerate(self.steps) if self.wants(step)]
            self.steps = [self.steps[i] for i in kept]
            self.losses = [self.losses[i] for i in kept]
            self.lrs = [self.lrs[i] for i in kept]
            self.norms = [self.norms[i] for i in kept]


def _read(scalars: list[Tensor]) -> list[float]:
    """Return the numbers in one transfer; a scalar may have come as a tensor of one element."""
    if not scalars:
        return []
    plain = [scalar if scalar.ndim == 0 else scalar.reshape(()) for scalar in scalars]
    numbers: list[float] = torch.stack(plain).tolist()
    return numbers
