"""Which values stand on both sides of a threshold: half and twice, or the distance to 1 where that is what counts."""

from __future__ import annotations

from dataclasses import dataclass

from cnndoctor.finding import Value

RULE = """\
*Half* and *twice* are meant as who sets a threshold means them: a count is rounded; of a share from 0.5 to 1, and of a factor
between 1 and 2, it is the distance to 1 that is halved and doubled (0.9 gives 0.8 and 0.95; 1.1 gives 1.05 and 1.2), a
share never falling below its half; 0 has no half, and 0.01 stands for its twice."""
ABOVE_ZERO = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The values that a threshold is held against."""

    below: float
    above: float


def neighbours(default: Value) -> Neighbours | None:
    """Return the values on both sides of a default; nothing for what is no number.

    Args:
        default: The threshold as the check has it.
    """
    if isinstance(default, bool) or not isinstance(default, (int, float)):
        return None
    if default == 0:
        return Neighbours(below=0.0, above=ABOVE_ZERO)
    if isinstance(default, int):
        return Neighbours(below=default // 2, above=default * 2)
    if 0.5 <= default < 1:
        return _rounded(max(1 - (1 - default) * 2, default / 2), 1 - (1 - default) / 2)
    if 1 < default < 2:
        return _rounded(1 + (default - 1) / 2, 1 + (default - 1) * 2)
    return _rounded(default / 2, default * 2)


def _rounded(below: float, above: float) -> Neighbours:
    # 1 - (1 - 0.9) * 2 is no 0.8 in binary; six digits are more than any threshold is given with.
    return Neighbours(below=float(f"{below:.6g}"), above=float(f"{above:.6g}"))
