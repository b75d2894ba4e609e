"""Which values stand on both sides of a threshold: half and twice, or the distance to 1 where that is what counts."""

from __future__ import annotations

from dataclasses import dataclass

from cnndoctor.finding import Value

RULE = """\
*Half* and *twice*, *a tenth* and *ten times* are meant as who sets a threshold means them. A count is rounded down. Of a share
from 0.5 to 1, and of a factor between 1 and 2, the distance to 1 is made larger or smaller: 0.9 gives 0.8 and 0.95, 1.1 gives
1.05 and 1.2; what would fall below 0 is half or a tenth of the value itself. Ten times a value below 0.5 that would pass 1
stops halfway to 1. 0 has no half; 0.01 and 0.05 stand for its twice and its ten times."""
OF_ZERO = 0.005  # times a factor


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The values that a threshold is held against."""

    below: float
    above: float


def neighbours(default: Value, factor: int) -> Neighbours | None:
    """Return the values on both sides of a default; nothing for what is no number.

    Args:
        default: The threshold as the check has it.
        factor: How far away: 2 for half and twice.
    """
    if isinstance(default, bool) or not isinstance(default, (int, float)):
        return None
    if default == 0:
        return _rounded(0.0, OF_ZERO * factor)
    if isinstance(default, int):
        return Neighbours(below=default // factor, above=default * factor)
    if default < 0.5:
        return _rounded(default / factor, _below_one(default, factor))
    if default < 1:
        return _rounded(max(1 - (1 - default) * factor, default / factor), 1 - (1 - default) / factor)
    if 1 < default < 2:
        return _rounded(1 + (default - 1) / factor, 1 + (default - 1) * factor)
    return _rounded(default / factor, default * factor)


def _below_one(default: float, factor: int) -> float:
    """Return so many times a small value: a share of more than everything would merely switch its check off."""
    return default * factor if default * factor < 1 else max(default * 2, (1 + default) / 2)


def _rounded(below: float, above: float) -> Neighbours:
    # 1 - (1 - 0.9) * 2 is no 0.8 in binary; six digits are more than any threshold is given with.
    return Neighbours(below=float(f"{below:.6g}"), above=float(f"{above:.6g}"))
