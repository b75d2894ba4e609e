"""Progress on stderr: a bar where a person watches, one line a stage and a heartbeat where a log is kept."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from cnndoctor.evidence import ExperimentEvidence
from cnndoctor.observers import Observer, Observers
from cnndoctor.report import Report, StageResult

if TYPE_CHECKING:
    from cnndoctor.observers import Pixels

_MARKS = {"ran": ("✓", "green"), "skipped": ("-", "yellow"), "crashed": ("✗", "red")}
_HEARTBEAT_SECONDS = 30.0


def progress_observers(
    *, quiet: bool, stream: TextIO | None = None, environment: Mapping[str, str] | None = None
) -> Observers:
    """Choose how progress is shown.

    Args:
        quiet: Show nothing.
        stream: Where to; standard error when ``None``.
        environment: Environment variables; the process's own when ``None``. ``CI`` and ``TERM=dumb`` mean a log.

    Returns:
        No observer, a bar or a log, in a list that more observers can join.
    """
    if quiet:
        return Observers()
    out = sys.stderr if stream is None else stream
    variables = os.environ if environment is None else environment
    watched = out.isatty() and not variables.get("CI") and variables.get("TERM") != "dumb"
    chosen: Observer = BarObserver(Console(file=out)) if watched else LogObserver(out)
    return Observers([chosen])


class _NoData:
    """What an observer of progress does with measured values: nothing."""

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Ignore a number."""

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Ignore numbers."""

    def histogram(self, tag: str, counts: Sequence[float], edges: Sequence[float], step: int) -> None:
        """Ignore a histogram."""

    def precision_recall(
        self, tag: str, positives: Sequence[int], negatives: Sequence[int], step: int
    ) -> None:
        """Ignore precision and recall."""

    def image(self, tag: str, pixels: Pixels, step: int, caption: str = "") -> None:
        """Ignore a picture."""

    def text(self, tag: str, markdown: str, step: int = 0) -> None:
        """Ignore a text."""


class BarObserver(_NoData):
    """A live bar with what is being done and the time left; a line stays behind for each finished stage."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._stage = ""
        self._doing = ""

    def stage_started(self, name: str, doing: str) -> None:
        """Open the stage's bar."""
        self._stop()
        self._stage, self._doing = name, doing
        self._progress = Progress(
            SpinnerColumn(),
            # The text may hold names of the user's: no markup.
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            console=self._console,
            transient=True,
            refresh_per_second=5,
        )
        self._task = self._progress.add_task(self._described(), total=None)
        self._progress.start()

    def progress(self, done: int, total: int | None, doing: str) -> None:
        """Move the bar; a new phrase begins a new count, and a new estimate of the time left."""
        if self._progress is None or self._task is None:
            return
        if doing != self._doing:
            self._doing = doing
            self._progress.reset(self._task, description=self._described())
        self._progress.update(self._task, completed=done, total=total)

    def stage_finished(self, result: StageResult) -> None:
        """Replace the bar by one line."""
        self._stop()
        mark, style = _MARKS[result.status]
        line = Text.assemble((mark, style), " ", _sentence(result))
        self._console.print(line, soft_wrap=True)

    def concluded(self, report: Report, experiment: ExperimentEvidence) -> None:
        """Ignore the conclusion: the report tells it."""

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._stop()

    def _described(self) -> str:
        return f"{self._stage}: {self._doing}" if self._doing else self._stage

    def _stop(self) -> None:
        if self._progress is not None:
            self._progress.stop()
        self._progress = self._task = None


class LogObserver(_NoData):
    """One line when a stage ends, and a sign of life every half minute while it runs."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._stage = ""
        self._doing = ""
        self._count = (0, 0)  # the last one told: done, total
        self._counting_since = 0.0
        self._last_line = 0.0

    def stage_started(self, name: str, doing: str) -> None:
        """Remember when."""
        self._stage, self._doing, self._count = name, doing, (0, 0)
        self._counting_since = self._last_line = self._clock()

    def progress(self, done: int, total: int | None, doing: str) -> None:
        """Write a line when the last one is half a minute old; a new count begins a new estimate of the time left."""
        now = self._clock()
        before, of = self._count
        # One count may run over several phrases (seed 1, seed 2): its time began with its first.
        if doing != self._doing and (done < before or (total or 0) != of):
            self._counting_since = now
        self._doing, self._count = doing, (done, total or 0)
        if now - self._last_line < _HEARTBEAT_SECONDS:
            return
        self._last_line = now
        self._write(f"  {self._stage}: {doing} {_how_far(done, total, now - self._counting_since)}")

    def stage_finished(self, result: StageResult) -> None:
        """Write the stage's line."""
        self._write(f"{result.status:<7} {_sentence(result)}")

    def concluded(self, report: Report, experiment: ExperimentEvidence) -> None:
        """Ignore the conclusion: the report tells it."""

    def close(self) -> None:
        """Nothing to close: the stream is not ours."""

    def _write(self, line: str) -> None:
        self._stream.write(line.rstrip() + "\n")
        self._stream.flush()


def _sentence(result: StageResult) -> str:
    note = " ".join(result.note.split())
    spent = f"{result.seconds:.1f} s" if result.status != "skipped" else ""
    return f"{result.name:<12} {spent:>8}  {note}".rstrip()


def _how_far(done: int, total: int | None, seconds: float) -> str:
    if not total:
        return f"{done:,}, {seconds:.0f} s so far"
    left = f", about {seconds * (total - done) / done:.0f} s left" if 0 < done <= total else ""
    return f"{done:,} of {total:,}, {seconds:.0f} s so far{left}"
