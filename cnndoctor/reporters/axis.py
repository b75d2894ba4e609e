"""The geometry that every chart shares: ranges, linear and logarithmic scales, ticks people can read."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from cnndoctor.report import Plot


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis: its range and whether it is logarithmic.

    Attributes:
        low: Value at the start.
        high: Value at the end; greater than ``low``.
        log: Logarithmic (then both are positive) or linear.
    """

    low: float
    high: float
    log: bool

    def share(self, value: float) -> float:
        """Return where a value lies, 0 at ``low`` and 1 at ``high``; NaN when it has no place on this axis."""
        if not math.isfinite(value) or (self.log and value <= 0):
            return math.nan
        low, high, at = (_bend(number, log=self.log) for number in (self.low, self.high, value))
        # Halves, so that the span of two huge floats does not overflow.
        return (at / 2 - low / 2) / (high / 2 - low / 2)

    def ticks(self, most: int) -> tuple[float, ...]:
        """Return at most about ``most`` round values within the range, ascending."""
        if self.log:
            decades = _decades(self.low, self.high, most)
            if len(decades) >= 2:
                return decades
        return _round_steps(self.low, self.high, most)


def axes(plot: Plot) -> tuple[Axis, Axis]:
    """Choose the ranges of a plot so that every curve, mark and band fits, unless the plot says what of y is drawn.

    Args:
        plot: The plot; its curves may hold NaN and infinities.

    Returns:
        The x axis and the y axis.
    """
    x_values = [x for curve in plot.curves for x in curve.x]
    y_values = [y for curve in plot.curves for y in curve.y]
    x_values += [*plot.marks.values(), *plot.band]
    x_axis = _axis(x_values, log=plot.log_x, margin=0.0)
    if len(plot.y_range) == 2 and -math.inf < plot.y_range[0] < plot.y_range[1] < math.inf and not plot.log_y:
        return x_axis, Axis(low=plot.y_range[0], high=plot.y_range[1], log=False)
    return x_axis, _axis(y_values, log=plot.log_y, margin=0.05)


def _axis(values: Iterable[float], *, log: bool, margin: float) -> Axis:
    shown = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    if not shown:
        return Axis(low=1.0, high=10.0, log=True) if log else Axis(low=0.0, high=1.0, log=False)
    low, high = min(shown), max(shown)
    if log:
        return _log_axis(low, high, margin)
    span = high / 2 - low / 2
    room = 2 * span * margin if span > 0 else max(abs(low) * 0.1, 0.5)
    # A quantity that is never negative keeps its zero as the floor instead of a margin below it.
    floor = 0.0 if 0 <= low <= room else low - room
    return Axis(low=max(floor, -1e308), high=min(high + room, 1e308), log=False)


def _log_axis(low: float, high: float, margin: float) -> Axis:
    factor = (high / low) ** margin if high / low < math.inf else 1.0
    if high <= low * 1.0001:
        factor = 2.0
    return Axis(low=max(low / factor, 5e-324), high=min(high * factor, 1e308), log=True)


def tick_label(value: float) -> str:
    """Write a tick shortly.

    Args:
        value: A round value.

    Returns:
        For example ``0.01``, ``250``, ``20k``, ``1e-5``.
    """
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e7 or size < 1e-3:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    if size >= 1e4:
        return f"{value / 1000:.6g}k"
    return f"{value:.6g}"


def _bend(value: float, *, log: bool) -> float:
    return math.log10(value) if log else value


def _decades(low: float, high: float, most: int) -> tuple[float, ...]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    step = max(1, math.ceil((last - first + 1) / max(most, 1)))
    # Counted from zero, so that 1e-6, 1e-4, 1e-2 and not 1e-7, 1e-5, 1e-3 are labelled.
    first = math.ceil(first / step) * step
    return tuple(float(f"1e{exponent}") for exponent in range(first, last + 1, step))


def _round_steps(low: float, high: float, most: int) -> tuple[float, ...]:
    """Ticks at multiples of 1, 2 or 5 times a power of ten."""
    raw = (high / 2 - low / 2) * 2 / max(most, 1)
    if not 0 < raw < math.inf:
        return (low,)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next((factor * power for factor in (1, 2, 5) if factor * power >= raw * 0.999), 10 * power)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(float(f"{index * step:.12g}") for index in range(first, last + 1))
