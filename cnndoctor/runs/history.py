"""runs/history.jsonl: one line a run, so that a person sees what changed from one attempt to the next."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cnndoctor import codec
from cnndoctor.errors import RunNotReadable
from cnndoctor.report import FinalMetrics, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """What is remembered of one run.

    Attributes:
        time: When it began, ISO 8601 with offset.
        name: The experiment's name.
        config_sha256: Hash of the experiment file.
        verdict: healthy, unhealthy or incomplete.
        top_cause: Id of the foremost cause's check; empty when there is none.
        metrics: Final metrics.
        seconds: Wall time of the examination.
        run: Folder of the run as the user can type it.
    """

    time: str
    name: str
    config_sha256: str
    verdict: Verdict
    top_cause: str = ""
    metrics: FinalMetrics = field(default_factory=FinalMetrics)
    seconds: float = 0.0
    run: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A history file as read.

    Attributes:
        lines: The runs, oldest first.
        damaged: 1-based numbers of the lines that could not be read.
    """

    lines: tuple[HistoryLine, ...] = ()
    damaged: tuple[int, ...] = ()


def append(path: Path, line: HistoryLine) -> None:
    """Add one run to the history.

    Args:
        path: The history file; made with its folder when missing.
        line: The run.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(codec.encode(line), allow_nan=False) + "\n"
    with path.open("a+b") as file:
        # A run killed in mid-line left no line end; ours must not be glued to it.
        file.seek(0, 2)
        if file.tell():
            file.seek(-1, 2)
            text = text if file.read(1) == b"\n" else "\n" + text
        # One write: runs side by side in the same folder do not mix their lines.
        file.write(text.encode())


def read(path: Path) -> History:
    """Read the history; damaged lines are skipped and counted, never fatal.

    Args:
        path: The history file; one that does not exist is an empty history.

    Returns:
        The runs and the numbers of the damaged lines.
    """
    if not path.exists():
        return History()
    lines: list[HistoryLine] = []
    damaged: list[int] = []
    for number, text in enumerate(path.read_text(encoding="utf-8", errors="replace").split("\n"), 1):
        if not text.strip():
            continue
        try:
            lines.append(codec.loads(HistoryLine, text))
        except RunNotReadable:
            damaged.append(number)
    return History(lines=tuple(lines), damaged=tuple(damaged))


def render(history: History) -> str:
    """Write the history as a table, newest last.

    Args:
        history: What :func:`read` returned.

    Returns:
        Text; one line a run, the config's hash marked with ``=`` where it did not change since the run before.
    """
    if not history.lines:
        return "No runs yet.\n" + _damage(history)
    head = ("TIME", "NAME", "CONFIG", "VERDICT", "TOP CAUSE", "METRICS", "SECONDS", "RUN")
    rows = [head, *(_row(line, _before(history.lines, index)) for index, line in enumerate(history.lines))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    table = "\n".join(_aligned(row, widths) for row in rows)
    return table + "\n" + _damage(history)


def _before(lines: Sequence[HistoryLine], index: int) -> HistoryLine | None:
    """Return the run of the same experiment before this one."""
    return next((line for line in reversed(lines[:index]) if line.name == lines[index].name), None)


def _row(line: HistoryLine, before: HistoryLine | None) -> tuple[str, ...]:
    same = before is not None and before.config_sha256 == line.config_sha256
    cells = (
        line.time[:16].replace("T", " "),
        line.name,
        ("= " if same else "  ") + line.config_sha256[:8],
        line.verdict.value,
        line.top_cause or "-",
        _metrics(line.metrics) or "-",
        f"{line.seconds:.0f}" if math.isfinite(line.seconds) else "-",
        line.run,
    )
    return tuple("".join(letter for letter in cell if letter.isprintable()) for cell in cells)


def _metrics(metrics: FinalMetrics) -> str:
    """Show at most three metrics, of the validation split where there is one."""
    shown = metrics.validation or metrics.train
    return " ".join(f"{name} {value:.4g}" for name, value in list(shown.items())[:3])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _damage(history: History) -> str:
    if not history.damaged:
        return ""
    numbers = ", ".join(str(number) for number in history.damaged)
    return f"Skipped what could not be read: line {numbers}.\n"
