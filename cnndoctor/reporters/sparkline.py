"""A curve in one line of text: ▇▅▃▂▁."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_BARS = "▁▂▃▄▅▆▇█"
# A curve that moves by less than this share of its height looks as flat as it is.
_LEAST_CHANGE = 0.01


def sparkline(values: Sequence[float], width: int = 24) -> str:
    """Draw a series as bars, lowest to highest; what was not measured is a blank, what overflowed an ``×``.

    Args:
        values: The series; NaN where nothing was measured.
        width: Most characters to use; longer series are averaged in equal runs.

    Returns:
        At most ``width`` characters; empty for an empty series.
    """
    cells = _shorten(values, width)
    finite = [value for value in cells if math.isfinite(value)]
    if not finite:
        return "".join(_unmeasured(value) for value in cells)
    low, high = min(finite), max(finite)
    # Halves first: the span of two huge floats may overflow.
    span = max(high / 2 - low / 2, _LEAST_CHANGE * max(abs(high / 2), abs(low / 2)))
    return "".join(_bar(value, low, span) for value in cells)


def _bar(value: float, low: float, half_span: float) -> str:
    if not math.isfinite(value):
        return _unmeasured(value)
    share = (value / 2 - low / 2) / half_span if half_span > 0 else 0.0
    return _BARS[min(int(share * len(_BARS)), len(_BARS) - 1)]


def _unmeasured(value: float) -> str:
    return " " if math.isnan(value) else "×"


def _shorten(values: Sequence[float], width: int) -> list[float]:
    if len(values) <= width:
        return list(values)
    edges = [round(index * len(values) / width) for index in range(width + 1)]
    return [_mean(values[first:last]) for first, last in pairwise(edges)]


def _mean(values: Sequence[float]) -> float:
    measured = [value for value in values if not math.isnan(value)]
    return sum(value / len(measured) for value in measured) if measured else math.nan
