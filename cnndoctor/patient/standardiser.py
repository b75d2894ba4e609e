"""Inputs or targets of a run shifted and scaled to mean 0 and standard deviation 1, each tensor by its own statistics."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from cnndoctor.patient.batches import tensors, transform
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session
from cnndoctor.user_code import user_code

STATISTICS_BATCHES = 8  # batches that the mean and standard deviation of a standardising change come from
SMALLEST_STD = 1e-6  # a feature that varies less is constant, and stays
# Sequences are [N, C, L] or [N, L, F], and their numbers tell which: values of one feature are more alike than values of one
# place. Chosen: their typical deviation is less than half as large.
ALIKE = 0.5


@dataclass(slots=True)
class Sums:
    """Count, sum and sum of squares of the values of a tensor's channels.

    Attributes:
        axis: Where the channels are, 1 or later.
        whole: All were whole numbers.
        fits: Whether it can be scaled: floats, of as many channels in every batch.
    """

    axis: int = 1
    count: int = 0
    total: Tensor | None = None  # [C]
    squares: Tensor | None = None
    whole: bool = True
    fits: bool = True

    def add(self, tensor: Tensor) -> None:
        """Add a batch [N, C, ...], or [N] single numbers."""
        if not self.fits or not tensor.is_floating_point() or not tensor.ndim:
            self.fits = False
            return
        wide = tensor.double() if tensor.ndim > 1 else tensor.double()[:, None]
        if wide.ndim <= self.axis:
            self.fits = False
            return
        axes = [axis for axis in range(wide.ndim) if axis != self.axis]
        total, squares = wide.sum(axes), wide.square().sum(axes)
        if self.total is not None and self.squares is not None:
            if len(self.total) != len(total):
                self.fits = False
                return
            total, squares = self.total + total, self.squares + squares
        self.total, self.squares = total, squares
        self.count += wide.numel() // max(1, wide.shape[self.axis])
        self.whole = self.whole and bool((wide == wide.round()).all())

    def scaler(self, *, alone: bool) -> Callable[[Tensor], Tensor]:
        """Return what scales such tensors; what cannot be scaled stays as it is.

        Args:
            alone: Whether it is the only tensor: beside others whole numbers are masks and keys, and infinities hide places.
        """
        if not self.fits or self.total is None or self.squares is None or not self.count:
            return _unchanged
        if not alone and (self.whole or not bool(self.squares.isfinite().all())):
            return _unchanged
        mean, std = self._moments()
        # What never changes is only shifted: another split may differ there, and a tiny divisor would blow that up.
        std = torch.where(std < SMALLEST_STD, torch.ones_like(std), std)

        def scale(tensor: Tensor) -> Tensor:
            fits = (
                tensor.is_floating_point()
                and tensor.ndim
                and (tensor.ndim < 2 or (tensor.ndim > self.axis and tensor.shape[self.axis] == len(mean)))
            )
            if not fits:
                return tensor
            shape = [1] * max(1, tensor.ndim)
            shape[self.axis if tensor.ndim > 1 else 0] = -1
            return (tensor - mean.to(tensor).reshape(shape)) / std.to(tensor).reshape(shape)

        return scale

    def typical_std(self) -> float:
        """Return the geometric mean of the deviations within channels that vary; infinite where nothing is known."""
        if not self.fits or not self.count:
            return math.inf
        _, std = self._moments()
        varying = std[std > SMALLEST_STD]
        return float(varying.log().mean().exp()) if len(varying) else math.inf

    def _moments(self) -> tuple[Tensor, Tensor]:
        assert self.total is not None
        assert self.squares is not None
        mean = self.total / self.count
        return mean, (self.squares / self.count - mean.square()).clamp_min(0).sqrt()


@dataclass(slots=True)
class Channels:
    """Sums of a tensor over its second axis, and of sequences over their last as well: one of the two holds the channels."""

    second: Sums = field(default_factory=Sums)
    last: Sums = field(default_factory=lambda: Sums(axis=2))

    def add(self, tensor: Tensor) -> None:
        """Add a batch [N, C, ...], [N, L, F] or [N]."""
        self.second.add(tensor)
        if tensor.ndim == 3:
            self.last.add(tensor)
        else:
            self.last.fits = False

    def scaler(self, *, alone: bool) -> Callable[[Tensor], Tensor]:
        """Return what scales such tensors, along the axis whose entries are more alike within; the second where neither is."""
        alike = self.last.typical_std() < ALIKE * self.second.typical_std()  # what knows nothing is infinite
        return (self.last if alike else self.second).scaler(alone=alone)


def standardiser(session: Session, pick: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function that standardises a member of a batch by statistics of the first training batches.

    Images [N, C, H, W] and sequences [N, C, L] are scaled per channel, vectors [N, F] and sequences [N, L, F] per feature, each
    of several tensors by itself. What is no float, or varies in that axis from batch to batch, stays as it is.

    Args:
        session: The run.
        pick: Gives the inputs or the targets of a batch.
    """
    sums: list[Channels] = []
    with preserved_randomness(), user_code("read training data"):
        for batch in islice(session.train_loader, STATISTICS_BATCHES):
            for place, tensor in enumerate(tensors(pick(batch))):
                if place == len(sums):
                    sums.append(Channels())
                sums[place].add(tensor)
    scalers = [one.scaler(alone=len(sums) == 1) for one in sums]

    def standardise(member: Any) -> Any:  # noqa: ANN401 - what the user's batches hold
        waiting = iter(scalers)

        def scaled(tensor: Tensor) -> Tensor:
            return next(waiting, _unchanged)(tensor)

        return transform(member, scaled)

    return standardise


def _unchanged(tensor: Tensor) -> Tensor:
    return tensor
