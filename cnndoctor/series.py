"""Questions about short numeric series: slope with its error, plateau, first non-finite, smoothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """Least-squares slope per unit of x, with its standard error."""

    value: float
    error: float


def finite(values: Sequence[float]) -> list[float]:
    """Return the finite values, in order."""
    return [value for value in values if math.isfinite(value)]


def first_nonfinite(values: Sequence[float]) -> int:
    """Return the index of the first NaN or infinity; -1 when all are finite."""
    return next((i for i, value in enumerate(values) if not math.isfinite(value)), -1)


def slope(values: Sequence[float]) -> Slope:
    """Return the slope of finite ``values`` against x in [0, 1], with its standard error.

    Fewer than three points have no error; it is then infinite.
    """
    y = finite(values)
    n = len(y)
    if n < 3:
        return Slope(value=(y[-1] - y[0]) if n > 1 else 0.0, error=math.inf)
    x = [i / (n - 1) for i in range(n)]
    x_mean, y_mean = fmean(x), fmean(y)
    spread = sum((a - x_mean) ** 2 for a in x)
    value = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True)) / spread
    residual = sum((b - y_mean - value * (a - x_mean)) ** 2 for a, b in zip(x, y, strict=True))
    return Slope(value=value, error=math.sqrt(residual / (n - 2) / spread))


def smooth(values: Sequence[float], window: int) -> list[float]:
    """Return the centred running median over ``window`` values; robust to single spikes, same length."""
    half = max(0, window // 2)
    return [median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))]


def head(values: Sequence[float], share: float) -> list[float]:
    """Return the first ``share`` of the values, at least one."""
    return list(values[: max(1, round(len(values) * share))])


def tail(values: Sequence[float], share: float) -> list[float]:
    """Return the last ``share`` of the values, at least one."""
    return list(values[-max(1, round(len(values) * share)) :])
