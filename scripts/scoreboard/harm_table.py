"""The section that shows that planted faults do harm, from what ``harm.py --json`` wrote. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from scoreboard.tally import Share


def harm_section(rows: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Yield a line for each experiment with a planted fault.

    Args:
        rows: What ``harm.py --json`` wrote: one mapping an experiment.
    """
    planted = [row for row in rows if row.get("planted")]
    if not planted:
        return
    harmful = Share(of=len(planted), count=sum(bool(row.get("harm")) for row in planted))
    built = sum(bool(row.get("by_construction")) and not row.get("harm") for row in planted)
    yield "## That the planted faults do harm\n"
    yield "Trained bare, without any examination, beside the same program without the fault (`scripts/harm.py`)."
    yield "Medians over seeds, the twin's in brackets."
    yield f"Clearly worse than the twin: {harmful}; wrong by construction however they score: {built}.\n"
    yield "| experiment | training score | validation score | validation loss | clearly worse in |"
    yield "|---|---|---|---|---|"
    for row in planted:
        cells = " | ".join(
            _harm_cell(row, name) for name in ("train_score", "validation_score", "validation_loss")
        )
        verdict = row.get("harm") or ("wrong by construction" if row.get("by_construction") else "NOTHING")
        yield f"| {row['config']} | {cells} | {verdict} |"
    yield ""


def _harm_cell(row: Mapping[str, object], name: str) -> str:
    own, twin = _middle(row.get("endings"), name), _middle(row.get("twin"), name)
    return f"{own} ({twin})"


def _middle(endings: object, name: str) -> str:
    """Return the median over seeds; a dash where there is none, as where the program raised."""
    assert isinstance(endings, Sequence)
    values = [ending[name] for ending in endings if not math.isnan(ending[name])]
    return f"{median(values):.3f}" if values else "–"
