"""The report as Markdown, for a pull request, a chat or a notebook; nothing of the user's text becomes markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cnndoctor.finding import Remedy
from cnndoctor.report import Cause, FinalMetrics, Report
from cnndoctor.reporters.context import Context
from cnndoctor.reporters.grouping import by_reason
from cnndoctor.reporters.location import Spot, place_label, spot
from cnndoctor.reporters.numbers import duration, number, percent, yaml_value
from cnndoctor.reporters.printable import one_line, printable
from cnndoctor.reporters.sparkline import sparkline

# GitHub drops a step summary whole above 1 MiB, and several share it; chosen: a quarter, as for a person to read.
_MOST_BYTES = 256 * 1024 - 200


def render(report: Report, context: Context) -> str:
    """Write the report in GitHub's dialect, which GitLab and most others read too.

    Args:
        report: The report.
        context: Brings the experiment file for the excerpts.

    Returns:
        Markdown.
    """
    parts = [
        f"# {escape(report.config.name)}: {report.verdict}",
        f"{escape(report.summary)}",
        *(_cause(index, cause, report, context) for index, cause in enumerate(report.causes, 1)),
        _metrics(report.metrics),
        _curves(report),
        _stages(report),
        _outcomes(report),
        _reproduce(report),
    ]
    return capped("\n\n".join(part for part in parts if part) + "\n")


def capped(text: str) -> str:
    """Cut a page that a step summary would refuse, at the start of a section, and say so.

    Args:
        text: Markdown of any length.

    Returns:
        The same text when it is short enough, otherwise its beginning.
    """
    whole = text.encode("utf-8", "backslashreplace")
    if len(whole) <= _MOST_BYTES:
        return text
    begun = whole[:_MOST_BYTES].decode("utf-8", "ignore")
    end = begun.rfind("\n\n#")
    return f"{begun[: end if end > 0 else len(begun)]}\n\nCut here: the whole page would be {len(whole):,} bytes.\n"


def escape(text: str) -> str:
    """Fold text into one line that Markdown shows as it is.

    Args:
        text: Any text.

    Returns:
        The line with markup, HTML, table bars and mentions made harmless.
    """
    line = re.sub(r"([\\`*_\[\]|~#!$])", r"\\\1", one_line(text))
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "&#64;")):
        line = line.replace(letter, entity)
    # Lists, rules and underlined headings begin only at the start of a line.
    return re.sub(r"^(\d*)([.)+=-])(?=[\s+=-]|$)", r"\1\\\2", line)


def _code(text: str, *, in_table: bool = False) -> str:
    """Write a code span whose fence is longer than any run of backticks inside."""
    line = one_line(text) or " "
    fence = "`" * (max((len(run) for run in re.findall("`+", line)), default=0) + 1)
    room = " " if line.startswith("`") or line.endswith("`") else ""
    span = f"{fence}{room}{line}{room}{fence}"
    return span.replace("|", "\\|") if in_table else span


def _block(text: str, language: str) -> str:
    body = printable(text)
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", body)), default=0) + 1)
    return f"{fence}{language}\n{body}\n{fence}"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cause(index: int, cause: Cause, report: Report, context: Context) -> str:
    point = spot(cause, report, context.config_text)
    parts = [
        f"## {index}. {cause.severity}: {escape(cause.title)}",
        escape(cause.message),
        f"{_code(cause.check)} · {percent(cause.confidence)} sure, grade {cause.grade} · {_code(str(point))}",
        _excerpt(point),
        "\n".join(f"- {escape(place_label(place))}" for place in cause.places),
    ]
    said = {name: value for name, value in cause.measured.items() if isinstance(value, str) and "\n" in value}
    rows = [
        (_code(name, in_table=True), escape(number(value)))
        for name, value in cause.measured.items()
        if name not in said
    ]
    if rows:
        parts.append(_table(("Measured", "Value"), rows))
    parts += [_block(printable(text), "text") for text in said.values()]
    if cause.remedies:
        parts += ["### What to change", *(_remedy(remedy) for remedy in cause.remedies)]
    if cause.symptoms:
        symptoms = (f"- {_code(symptom.check)} {escape(symptom.message)}" for symptom in cause.symptoms)
        parts += ["### What it explains", "\n".join(symptoms)]
    return "\n\n".join(part for part in parts if part)


def _excerpt(point: Spot) -> str:
    return _block(point.text.rstrip(), "yaml") if point.text.strip() else ""


def _remedy(remedy: Remedy) -> str:
    if not remedy.patch:
        return escape(remedy.text)
    patch = "\n".join(
        f"{one_line(key)}: {one_line(yaml_value(value))}" for key, value in remedy.patch.items()
    )
    return f"{escape(remedy.text)}\n\n{_block(patch, 'yaml')}"


def _metrics(metrics: FinalMetrics) -> str:
    names = list(dict.fromkeys([*metrics.train, *metrics.validation]))
    if not names:
        return ""
    rows = [
        (
            _code(name, in_table=True),
            number(metrics.train[name]) if name in metrics.train else "",
            number(metrics.validation[name]) if name in metrics.validation else "",
        )
        for name in names
    ]
    return "## Metrics\n\n" + _table(("Metric", "Train", "Validation"), rows)


def _curves(report: Report) -> str:
    rows = [
        (
            escape(curve.name),
            _code(sparkline(curve.y, 40), in_table=True),
            f"{number(curve.y[0])} → {number(curve.y[-1])}",
        )
        for plot in report.plots
        if not plot.log_x and not plot.detail
        for curve in plot.curves
        if len(curve.y) > 1
    ]
    return "## Curves\n\n" + _table(("Curve", "Shape", "First → last"), rows) if rows else ""


def _stages(report: Report) -> str:
    rows = [
        (stage.name, stage.status, duration(stage.seconds), escape(stage.note)) for stage in report.stages
    ]
    head = f"## Stages\n\n{duration(report.seconds)} in all.\n\n"
    return head + _table(("Stage", "Status", "Time", "Note"), rows) if rows else ""


def _outcomes(report: Report) -> str:
    if not report.outcomes:
        return ""
    passed = [outcome.check for outcome in report.outcomes if outcome.status == "passed"]
    parts = ["## Checks", f"{len(passed)} of {len(report.outcomes)} passed."]
    rows = [
        (status, escape(reason), f"{len(names)}: {_codes(names)}" if len(names) > 1 else _codes(names))
        for status, reason, names in by_reason(report.outcomes)
    ]
    if rows:
        parts.append(_table(("Status", "Reason", "Checks"), rows))
    if passed:
        parts.append(f"<details><summary>Passed</summary>\n\n{_codes(passed)}\n\n</details>")
    return "\n\n".join(parts)


def _codes(names: Sequence[str]) -> str:
    return ", ".join(_code(name, in_table=True) for name in names)


def _reproduce(report: Report) -> str:
    command = report.environment.get("command")
    lines = [one_line(str(command))] if command else []
    if report.run:
        lines += [
            f"cnndoctor recheck {one_line(report.run)}",
            f"tensorboard --logdir {one_line(report.run)}/tensorboard",
        ]
    rows = [
        (_code(name, in_table=True), escape(number(value)))
        for name, value in report.environment.items()
        if name != "command"
    ]
    parts = [_block("\n".join(lines), "console")] if lines else []
    if rows:
        parts.append(_table(("Environment", ""), rows))
    return "\n\n".join(["## How to reproduce", *parts]) if parts else ""
