"""How probable it is that two different records of a few numbers are equal, as shops and ages are and measurements are not."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

FEWEST = 40  # samples that tell a coincidence
# Chosen: a chessboard has 768 numbers in its planes; sorting more takes longer than it tells.
MOST_FEATURES = 4096


def equal_by_chance(samples: Sequence[Tensor]) -> float:
    """Return the probability that two records agree in the two features that hardly ever do; NaN where nothing can be told.

    Two features and not all of them: others may follow from these, and what follows adds no doubt. Equal records count once:
    copies are what is asked about.

    Args:
        samples: Inputs of one shape, of two numbers and more, without batch axis.
    """
    if len(samples) < FEWEST or samples[0].numel() < 2:
        return math.nan
    rows = torch.stack([sample.reshape(-1).double() for sample in samples])
    if not bool(rows.isfinite().all()):
        return math.nan
    rows = torch.unique(rows, dim=0)
    agree = sorted(_agreement(column) for column in rows.unbind(1))
    return agree[0] * agree[1]


def levels_of(samples: Sequence[Tensor]) -> tuple[int, float]:
    """Return what coarse features consist of, whatever their scale: most different values of one feature, and bits of all.

    Bits are the sum over features of the binary logarithm of their numbers of values; (0, NaN) where nothing can be told.

    Args:
        samples: Inputs of one shape, without batch axis.
    """
    if len(samples) < FEWEST or not 0 < samples[0].numel() <= MOST_FEATURES:
        return 0, math.nan
    rows = torch.stack([sample.reshape(-1).double() for sample in samples])
    if not bool(rows.isfinite().all()):
        return 0, math.nan
    steps = rows.sort(0).values.diff(dim=0) != 0
    levels = steps.sum(0) + 1
    return int(levels.max()), float(levels.double().log2().sum())


def _agreement(column: Tensor) -> float:
    """Return the probability that two draws from these numbers are equal."""
    counts: Tensor = torch.unique(column, return_counts=True)[1]
    shares = counts.double() / len(column)
    return float(shares.square().sum())
