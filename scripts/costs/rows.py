"""One line of the table, and what the lines come to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table.

    Attributes:
        name: What was measured.
        bare: Milliseconds of the bare way in all; 0 where there is none.
        value: The ratio, or seconds.
        limit: The most that is allowed.
        unit: × for a ratio, s for seconds.
        noise: Median difference of the bare way against itself in one round; 0 where it was not measured.
        note: What else is to be said.
    """

    name: str
    value: float
    limit: float
    bare: float = 0.0
    unit: str = "×"
    noise: float = 0.0
    note: str = ""

    @property
    def passed(self) -> bool:
        """Return whether the target holds."""
        return self.value <= self.limit


def summary_of(rows: Sequence[Row]) -> list[Row]:
    """Return the medians over all trainings, which have a target of their own."""
    found = []
    for kind in ("train", "train+TensorBoard"):
        values = [row.value for row in rows if row.name.startswith(f"{kind}/") and "layers" not in row.name]
        if len(values) > 1:
            found.append(Row(name=f"{kind}, median of {len(values)}", value=median(values), limit=1.03))
    return found


def table_of(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the lines of the Markdown table."""
    yield "| what | measured | target | holds | bare | noise | |"
    yield "|---|---|---|---|---|---|---|"
    for row in rows:
        yield line_of(row)


def line_of(row: Row) -> str:
    """Return one line of the Markdown table."""
    places = 3 if row.unit == "×" else 2
    bare = f"{row.bare:.0f} ms" if row.bare else ""
    noise = f"±{row.noise:.1%}" if row.noise else ""
    target = f"≤ {row.limit:.2f}" if math.isfinite(row.limit) else "none"
    holds = ("pass" if row.passed else "**FAIL**") if math.isfinite(row.limit) else ""
    return (
        f"| {row.name} | {row.value:.{places}f} {row.unit} | {target} | {holds} "
        f"| {bare} | {noise} | {row.note} |"
    )
