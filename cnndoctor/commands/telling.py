"""What the command line shows and writes of reports: one by one as they come, or one document for several at the end."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cnndoctor.codec import write_atomically
from cnndoctor.commands.many import Examination
from cnndoctor.errors import UsageError
from cnndoctor.report import Report
from cnndoctor.reporters.several import MERGED
from cnndoctor.reporting.rendering import render

STREAMED = ("text", "concise")  # read by people, who like to see the first before the last is done


@dataclass(slots=True)
class Telling:
    """What is shown and written of the reports: one by one, or as one document at the end."""

    format: str
    files: Sequence[tuple[str, str]]
    several: bool
    told: list[tuple[Report, str]] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)

    def tell(self, examination: Examination) -> None:
        """Show one experiment's report, and write what is written for each."""
        if examination.said:
            say(examination.said)
        if examination.report is None:
            return
        report, text = examination.report, examination.config.text
        self.told.append((report, text))
        if not self.several or self.format in STREAMED:
            gap = "\n" if self.format == "text" and len(self.told) > 1 else ""
            _print(gap + _rendered(report, self.format, text, colour=_has_colour()))
        self.names[report.config.name] += 1
        count = self.names[report.config.name]
        name = report.config.name if count == 1 else f"{report.config.name}-{count}"
        for format_name, path in self.files:
            if not self.several or "{name}" in path:
                _write(path.replace("{name}", name), _rendered(report, format_name, text))

    def finish(self) -> None:
        """Show and write what is one document for all."""
        if not self.several:
            return

        def merged(name: str) -> str:
            return MERGED[name]([(report, _rendered(report, name, text)) for report, text in self.told])

        if self.format not in STREAMED:
            _print(merged(self.format))
        for name, path in self.files:
            if "{name}" not in path:
                _write(path, merged(name))


def terminal_width() -> int:
    """Return the columns of the terminal; 80 where there is none."""
    return shutil.get_terminal_size((80, 24)).columns


def _rendered(report: Report, format_name: str, config_text: str, *, colour: bool = False) -> str:
    return render(
        report,
        format_name,
        config_text,
        width=terminal_width(),
        colour=colour,
    )


def _has_colour() -> bool:
    if os.environ.get("NO_COLOR"):
        return False
    return sys.stdout.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _print(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")
    sys.stdout.flush()


def _write(path: str, text: str) -> None:
    """Write a rendering where it was asked for.

    Raises:
        UsageError: The place cannot be written to; what was found is in the run's folder all the same.
    """
    try:
        write_atomically(Path(path), text)
    except OSError as error:
        message = (
            f"--report: '{path}' cannot be written: {error.strerror or error}. The run's folder holds the report; "
            "cnndoctor render RUN --report FORMAT=PATH writes it elsewhere."
        )
        raise UsageError(message) from error


def say_where(examination: Examination, *, quiet: bool) -> None:
    """Tell where the pages and curves of a run are."""
    report = examination.report
    if report is None or quiet:
        return
    if examination.cached:
        say(f"{examination.config.path}: unchanged, its report is from the cache")
    if report.run and Path(report.run).is_dir():
        where = Path(report.run)
        say(f"report: {where / 'report.html'}\ncurves: tensorboard --logdir {where / 'tensorboard'}")


def show(report: Report, config_text: str, format_name: str, files: Sequence[tuple[str, str]]) -> None:
    """Print one rendering of one report on standard output and write the others."""
    _print(_rendered(report, format_name, config_text, colour=_has_colour()))
    for name, path in files:
        _write(path.replace("{name}", report.config.name), _rendered(report, name, config_text))


def say(text: str) -> None:
    """Say something on standard error, which is for people."""
    sys.stderr.write(f"{text}\n")
