"""The report for a terminal: verdict first, then each cause in the grammar of a compiler's message.

Nothing of the user's text is ever read as rich markup: every piece becomes a ``Text`` of its own.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from io import StringIO

from rich.console import Console
from rich.text import Text

from cnndoctor.finding import Severity
from cnndoctor.report import Cause, Curve, Plot, Report, StageResult, Verdict
from cnndoctor.reporters.context import Context
from cnndoctor.reporters.grouping import by_reason
from cnndoctor.reporters.location import Spot, place_label, spot
from cnndoctor.reporters.numbers import duration, number, percent, yaml_value
from cnndoctor.reporters.printable import one_line, printable
from cnndoctor.reporters.sparkline import sparkline

_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
_VERDICTS = {Verdict.HEALTHY: "bold green", Verdict.UNHEALTHY: "bold red", Verdict.INCOMPLETE: "bold yellow"}
_LABEL_WIDTH = 12
# More places than this are examples of the same; the report on disk names them all.
_MOST_PLACES = 5
_MOST_ALONE = 3
_INTERRUPTED = "interrupted"
_OWN_FAULT = "own fault: "
_APOLOGY = (
    "An own fault is a fault of cnndoctor, not of the experiment; sorry. What the other stages saw stands. Please report "
    "it with the line above and the experiment file."
)


def render(report: Report, context: Context) -> str:
    """Write the report for people.

    Args:
        report: The report.
        context: Brings width, colour and the experiment file for the excerpts.

    Returns:
        Text; with ANSI colours when the context says so, plain otherwise.
    """
    page = _Page(context)
    _verdict(page, report)
    for cause in report.causes:
        _cause(page, cause, report, context)
    _curves(page, report.plots)
    _stages(page, report, context)
    _outcomes(page, report)
    _reproduce(page, report)
    return page.text()


class _Page:
    """Lines of text, wrapped at the width, with hanging labels."""

    def __init__(self, context: Context) -> None:
        self._out = StringIO()
        self.width = max(context.width, 40)
        self._console = Console(
            file=self._out,
            width=10_000,  # lines are wrapped here, so that a copied line of YAML is never folded
            force_terminal=context.colour,
            color_system="standard" if context.colour else None,
            no_color=not context.colour,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )

    def line(self, *pieces: str | tuple[str, str]) -> None:
        """Print one line of plain and styled pieces."""
        line = Text.assemble(*pieces)
        line.rstrip()
        self._console.print(line, soft_wrap=True)

    def paragraph(self, text: str, *, indent: int = 2) -> None:
        """Print text wrapped at the width."""
        for line in self._wrap(text, indent):
            self.line(" " * indent + line)

    def labelled(self, label: str, text: str) -> None:
        """Print text behind a label, with its further lines hanging under its first."""
        for index, line in enumerate(self._wrap(text, _LABEL_WIDTH)):
            head = f"  {label}" if index == 0 else ""
            self.line((f"{head:<{_LABEL_WIDTH}}", "bold"), line)

    def block(self, text: str) -> None:
        """Print lines as they stand, for example a traceback."""
        for line in printable(text).splitlines():
            self.line(" " * 4, (line, "dim"))

    def text(self) -> str:
        """Return everything printed so far."""
        return self._out.getvalue()

    def _wrap(self, text: str, indent: int) -> list[str]:
        width = max(self.width - indent, 20)
        return textwrap.wrap(one_line(text), width, break_on_hyphens=False) or [""]


def _verdict(page: _Page, report: Report) -> None:
    style = _VERDICTS[report.verdict]
    page.line(
        (report.verdict.upper(), style),
        f"  {one_line(report.config.name)}",
        f" ({one_line(report.config.path)})",
    )
    page.paragraph(report.summary)


def _cause(page: _Page, cause: Cause, report: Report, context: Context) -> None:
    page.line()
    title = textwrap.wrap(
        f"{cause.severity}[{cause.check}] {one_line(cause.title)}", page.width, break_on_hyphens=False
    )
    for index, line in enumerate(title):
        head = (
            f"{cause.severity}[{cause.check}]" if index == 0 and line.startswith(f"{cause.severity}[") else ""
        )
        page.line((head, _STYLES[cause.severity]), (line.removeprefix(head), "bold"))
    page.paragraph(cause.message)
    _excerpt(page, spot(cause, report, context.config_text), _STYLES[cause.severity])
    if cause.places:
        page.labelled("where", _where(cause))
    said = {name: value for name, value in cause.measured.items() if isinstance(value, str) and "\n" in value}
    plain = [f"{name} {number(value)}" for name, value in cause.measured.items() if name not in said]
    if plain:
        page.labelled("because", ", ".join(plain))
    for text in said.values():
        page.block(text)
    for index, symptom in enumerate(cause.symptoms):
        page.labelled("explains" if index == 0 else "", f"{symptom.check}: {symptom.message}")
    for index, remedy in enumerate(cause.remedies):
        # The label says "or" already.
        text = remedy.text.removeprefix("Or ") if index else remedy.text
        page.labelled("help" if index == 0 else "or", text[:1].upper() + text[1:])
        for key, value in remedy.patch.items():
            page.line(" " * _LABEL_WIDTH, ("+ ", "green"), (one_line(f"{key}: {yaml_value(value)}"), "green"))
    page.labelled(
        "sure", f"{percent(cause.confidence)}, grade {cause.grade} · more: cnndoctor explain {cause.check}"
    )


def _where(cause: Cause) -> str:
    shown = ", ".join(place_label(place) for place in cause.places[:_MOST_PLACES])
    more = len(cause.places) - _MOST_PLACES
    return f"{shown} and {more} more" if more > 0 else shown


def _excerpt(page: _Page, point: Spot, style: str) -> None:
    number_width = max(len(str(point.line)), 2)
    instead = f" ({one_line(point.told)})" if point.told else ""
    page.line(" " * number_width, (" --> ", "blue"), f"{point}{instead}")
    if not point.text:
        return
    # Tabs and control characters would shift the underline.
    text = "".join(letter if letter.isprintable() else " " for letter in point.text.rstrip())
    room = page.width - number_width - 3
    start = point.column - 1
    # A long line is shown from a little before the part that is meant.
    first = max(0, min(start - 8, len(text) - room)) if len(text) > room else 0
    shown = ("…" if first else "") + text[first + bool(first) : first + room]
    under = min(point.length, max(len(shown) - (start - first), 1))
    page.line((f"{point.line:>{number_width}} | ", "blue"), shown)
    page.line((f"{'':>{number_width}} | ", "blue"), " " * (start - first), ("^" * under, style))


def _curves(page: _Page, plots: tuple[Plot, ...]) -> None:
    """One line a curve over time; sweeps and profiles need a chart and have one in the HTML report."""
    lines = [
        (one_line(_curve_name(plot, curve)), curve.y)
        for plot in plots
        if any(word in plot.x_label for word in ("step", "epoch")) and not plot.detail
        for curve in plot.curves
        if len(curve.y) > 1
    ]
    if not lines:
        return
    page.line()
    page.line(("curves", "bold"))
    label = min(max(len(name) for name, _ in lines), 28)
    width = min(max(page.width - label - 26, 8), 40)
    for name, values in lines:
        ends = f"{number(values[0])} → {number(values[-1])}"
        page.line(f"  {name[:label]:<{label}}  {sparkline(values, width):<{width}}  {ends}")


def _curve_name(plot: Plot, curve: Curve) -> str:
    """Return what is measured and of what: ``accuracy, validation``; once where both say the same."""
    return curve.name if curve.name == plot.y_label else f"{plot.y_label}, {curve.name}"


def _stages(page: _Page, report: Report, context: Context) -> None:
    if not report.stages:
        return
    passed = Counter(
        context.stage_of.get(item.check, "") for item in report.outcomes if item.status == "passed"
    )
    page.line()
    page.line(("stages", "bold"), f"  {duration(report.seconds)}")
    width = max(7, *(len(duration(stage.seconds)) for stage in report.stages))
    for stage in report.stages:
        _stage(page, stage, passed[stage.name], width)
    if any(stage.note.startswith(_OWN_FAULT) for stage in report.stages):
        page.paragraph(_APOLOGY)


def _stage(page: _Page, stage: StageResult, passed: int, time_width: int) -> None:
    marks = {"ran": ("✓", "green"), "skipped": ("-", "dim"), "crashed": ("✗", "red")}
    ran = stage.status == "ran"
    # Checks that need no evidence of a stage that did not run say nothing about it.
    checks = f"{passed} check{'s' if passed > 1 else ''} passed" if passed and ran else ""
    broken_off = stage.status == "crashed" and stage.note == _INTERRUPTED
    status = "" if ran or broken_off else stage.status
    told = " · ".join(part for part in (status, one_line(stage.note), checks) if part)
    spent = duration(stage.seconds) if stage.status != "skipped" else ""
    head = f" {stage.name:<11} {spent:>{time_width}}  "
    indent = 3 + len(head)
    lines = textwrap.wrap(told, max(page.width - indent, 20)) or [""]
    page.line("  ", marks[stage.status], head, lines[0])
    for line in lines[1:]:
        page.line(" " * indent, line)


def _outcomes(page: _Page, report: Report) -> None:
    by_status: dict[str, list[str]] = {}
    for outcome in report.outcomes:
        reason = f" ({one_line(outcome.reason)})" if outcome.reason else ""
        by_status.setdefault(outcome.status, []).append(outcome.check + reason)
    if not by_status:
        return
    page.line()
    counts = [f"{len(items)} {status}" for status, items in sorted(by_status.items())]
    page.line(("checks", "bold"), "  " + ", ".join(counts))
    for index, line in enumerate(_skipped(report)):
        page.labelled("" if index else "skipped", line)
    for status in ("ignored", "crashed"):
        for item in by_status.get(status, []):
            page.labelled(status, item)


def _skipped(report: Report) -> list[str]:
    """Say why checks did not judge: what many share, and single reasons as long as they are few."""
    rows = [(reason, names) for status, reason, names in by_reason(report.outcomes) if status == "skipped"]
    lines = [
        f"{len(names)} checks: {reason or 'no reason given'}" for reason, names in rows if len(names) > 1
    ]
    alone = [(names[0], reason) for reason, names in rows if len(names) == 1]
    if len(alone) > _MOST_ALONE:
        where = "report.html" if report.run else "the HTML report"
        return [*lines, f"{len(alone)} checks, each for a reason of its own, named in {where}"]
    # A reason of one check's own says little without the check.
    return [*lines, *(f"{name}: {reason or 'no reason given'}" for name, reason in alone)]


def _reproduce(page: _Page, report: Report) -> None:
    command = report.environment.get("command")
    seed = report.environment.get("seed")
    if not (command or report.run):
        return
    page.line()
    page.line(("again", "bold"))
    # Commands are not wrapped: they are there to be copied.
    if command:
        page.line("  ", one_line(number(command)), f"  # seed {number(seed)}" if seed is not None else "")
    if report.run:
        run = one_line(report.run)
        if command and any(stage.note == _INTERRUPTED for stage in report.stages):
            page.line(
                "  ", one_line(number(command)), f" --resume {run}", "  # goes on where it was broken off"
            )
        page.line(f"  cnndoctor recheck {run}")
        page.line(f"  tensorboard --logdir {run}/tensorboard")
