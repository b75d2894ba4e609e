"""How probable it is that two different records of a few numbers are equal, as shops and ages are and measurements are not."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

FEWEST = 40  # samples that tell a coincidence


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


def _agreement(column: Tensor) -> float:
    """Return the probability that two draws from these numbers are equal."""
    counts: Tensor = torch.unique(column, return_counts=True)[1]
    shares = counts.double() / len(column)
    return float(shares.square().sum())
