"""Where a cause sits in a file: the place to jump to, and the excerpt of the experiment file around it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cnndoctor.finding import Place
from cnndoctor.report import Cause, Report
from cnndoctor.reporters.printable import one_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A point in a file.

    Attributes:
        file: Path as the user can type it.
        line: 1-based; 0 when the whole file is meant.
        column: 1-based; 0 when the whole line is meant.
        text: The line itself, when it is at hand; empty otherwise.
        length: How many characters of it are meant, from the column on.
        told: The ``--set key=value`` that stands in place of the line; empty when the line itself counts.
    """

    file: str
    line: int = 0
    column: int = 0
    text: str = ""
    length: int = 0
    told: str = ""

    def __str__(self) -> str:
        """Return ``file:line:column`` as editors and terminals understand it."""
        numbers = [str(value) for value in (self.line, self.column) if value]
        return one_line(":".join([self.file, *numbers]))


def spot(cause: Cause, report: Report, config_text: str) -> Spot:
    """Find where to point for a cause.

    Args:
        cause: The cause.
        report: Its report; the experiment file is the last resort.
        config_text: The experiment file; may be empty.

    Returns:
        The first place that has a file, with column and text when it lies in the experiment file.
    """
    for place in cause.places:
        told = _told_on_command_line(place, report)
        if told:
            return Spot(file=place.file or report.config.path, line=max(place.line, 0), told=told)
        if place.file:
            inside = place.kind == "key" or place.file == report.config.path
            return _in_config(place, config_text) if inside else _bare(place)
    return Spot(file=report.config.path)


def _told_on_command_line(place: Place, report: Report) -> str:
    """Return the ``--set key=value`` that a key's value comes from: then the line of the file shows another one."""
    if place.kind != "key":
        return ""
    settings = str(report.environment.get("overrides") or "").splitlines()
    return next((f"--set {s}" for s in reversed(settings) if s.partition("=")[0].strip() == place.name), "")


def _bare(place: Place) -> Spot:
    return Spot(file=place.file, line=max(place.line, 0))


def _in_config(place: Place, config_text: str) -> Spot:
    lines = config_text.splitlines()
    if not 1 <= place.line <= len(lines):
        return _bare(place)
    text = lines[place.line - 1]
    start, length = _extent(text, place.name)
    return Spot(file=place.file, line=place.line, column=start + 1, text=text, length=length)


def _extent(line: str, key: str) -> tuple[int, int]:
    """Return start and length of ``key: value`` in a line of YAML, or of the whole line's text."""
    leaf = re.escape(re.sub(r"\[\d+\]$", "", key.rsplit(".", 1)[-1]))
    pair = re.search(rf"(?<![\w-])['\"]?{leaf}['\"]?\s*:\s*(?:[^\s,#}}\]{{\[]+)?", line)
    if pair and leaf:
        return pair.start(), len(pair.group().rstrip())
    bare = re.split(r"\s#", line, maxsplit=1)[0]
    start = len(bare) - len(bare.lstrip())
    return start, max(len(bare.strip()), 1)


def place_label(place: Place) -> str:
    """Name a place in words.

    Args:
        place: The place.

    Returns:
        For example ``layer features.0 (models.py:12)``, ``sample train[17]``, ``step 240``.
    """
    if place.kind == "source" and place.file:  # its name is the file's
        return one_line(f"source {place.file}:{place.line}" if place.line else f"source {place.file}")
    name = place.name if place.name.startswith(place.kind) else f"{place.kind} {place.name}"
    where = f"{place.file}:{place.line}" if place.line else place.file
    return one_line(f"{name} ({where})" if where and where != place.name else name)
