"""Curves that leave the part of the y axis that is drawn: cut at its edge, with where they leave it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnndoctor.report import Curve, Plot
from cnndoctor.reporters.numbers import number


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """Where a curve leaves the picture: at which x, and whether at the upper edge."""

    x: float
    upward: bool


def clipped(plot: Plot, curve: Curve) -> tuple[Curve, tuple[Exit, ...]]:
    """Return the part of a curve that is drawn, and where it leaves the picture.

    Args:
        plot: Whose ``y_range`` counts; without one the curve is returned as it is.
        curve: One of its curves.
    """
    if len(plot.y_range) != 2:
        return curve, ()
    low, high = plot.y_range
    x, y, exits = [], [], []
    before: tuple[float, float] | None = None
    for point in zip(curve.x, curve.y, strict=False):
        if math.isnan(point[1]):
            x.append(point[0])
            y.append(math.nan)
            before = None
            continue
        side = _side(point[1], low, high)
        last = _side(before[1], low, high) if before else 0
        if before is not None and side != last:
            for edge in (each for each in (last, side) if each):
                x.append(_crossing(before, point, high if edge > 0 else low, log_x=plot.log_x))
                y.append(high if edge > 0 else low)
        if side and side != last:
            exits.append(Exit(x=x[-1] if before is not None else point[0], upward=side > 0))
        x.append(point[0])
        y.append(math.nan if side else point[1])
        before = point
    return Curve(name=curve.name, x=tuple(x), y=tuple(y)), tuple(exits)


def beyond(plot: Plot) -> str:
    """Say how far the curves go on beyond what is drawn; empty when all is drawn."""
    if len(plot.y_range) != 2:
        return ""
    finite = [y for curve in plot.curves for y in curve.y if math.isfinite(y)]
    low, high = plot.y_range
    told = []
    if finite and max(finite) > high:
        told.append(f"▲ cut: goes up to {number(max(finite))}")
    if finite and min(finite) < low:
        told.append(f"▼ cut: goes down to {number(min(finite))}")
    return ", ".join(told)


def _side(y: float, low: float, high: float) -> int:
    """Return 1 above the picture, -1 below it and 0 inside."""
    return int(y > high) - int(y < low)


def _crossing(before: tuple[float, float], after: tuple[float, float], edge: float, *, log_x: bool) -> float:
    """Return the x at which the line between two points crosses an edge; the start where a point is infinite."""
    rise = after[1] - before[1]
    share = (edge - before[1]) / rise if math.isfinite(rise) and rise else 0.0
    if log_x and before[0] > 0 and after[0] > 0:
        return float(before[0] * (after[0] / before[0]) ** share)
    return before[0] + share * (after[0] - before[0])
