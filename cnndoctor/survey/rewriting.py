"""Reading that changes what is read: an array that is scaled in place is scaled once more at every epoch."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import torch
from torch import Tensor

from cnndoctor.errors import UserCodeError
from cnndoctor.survey.source import Source

SAMPLES = 6  # read twice; one factor for all of them is no augmentation, which draws anew for each
FEWEST_VALUES = 6  # of all of them together; chosen: two lie on some line whatever was done to them
# Of the deviation: how far values may lie from one line. Rounding of half precision stays below; chosen.
ON_THE_LINE = 2e-3


def rewritten(source: Source, indices: Iterable[int]) -> tuple[float, ...]:
    """Return the factor and the shift that reading a sample again puts on its values; empty where no single ones do.

    Args:
        source: The split; read by index.
        indices: Samples that came out differently when they were read again.
    """
    pairs = [pair for index in islice(indices, SAMPLES) if (pair := _twice(source, index)) is not None]
    if len(pairs) < 2:
        return ()
    before, after = (torch.cat(side) for side in zip(*pairs, strict=True))
    if len(before) < FEWEST_VALUES:
        return ()
    spread = before - before.mean()
    power = float(spread.square().sum())
    if not power > 0 or not bool(after.isfinite().all()):
        return ()
    factor = float((spread * (after - after.mean())).sum()) / power
    shift = float(after.mean() - factor * before.mean())
    off = (after - factor * before - shift).abs().max()
    if factor == 0 or off > ON_THE_LINE * after.std():
        return ()
    moved = abs(factor - 1) > ON_THE_LINE or abs(shift) > ON_THE_LINE * float(before.std())
    return (factor, shift) if moved else ()


def _twice(source: Source, index: int) -> tuple[Tensor, Tensor] | None:
    """Return the values of two readings, flat and in double precision; None for what is no float of one shape."""
    try:
        # Copies: what is changed in place changes what was handed out before, too.
        before, after = (_copy(source.read(index).inputs.value) for _ in range(2))
    except UserCodeError:
        return None
    if before is None or after is None or before.shape != after.shape:
        return None
    return before, after


def _copy(value: Tensor | None) -> Tensor | None:
    return (
        value.detach().double().reshape(-1).clone()
        if value is not None and value.is_floating_point()
        else None
    )
