"""The report as one HTML file: no script, no network, curves as inline SVG, light and dark, ready to print."""

from __future__ import annotations

import math
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from cnndoctor.report import Bars, Curve, Plot, Report
from cnndoctor.reporters.axis import tick_label
from cnndoctor.reporters.context import Context
from cnndoctor.reporters.grouping import by_reason
from cnndoctor.reporters.location import place_label, spot
from cnndoctor.reporters.numbers import duration, number, percent, yaml_value
from cnndoctor.reporters.printable import one_line, printable
from cnndoctor.reporters.svg import STYLE, svg
from cnndoctor.reporters.svg_matrix import MATRIX_STYLE, svg_matrix

# The table under a chart names at most this many curves; report.json has them all.
_MOST_ROWS = 20


def render(report: Report, context: Context) -> str:
    """Write the report as a page; every piece of user text is escaped by the template.

    Args:
        report: The report.
        context: Brings the experiment file for the excerpts and the pages of the checks.

    Returns:
        One HTML document.
    """
    # Ours, and built with every user text escaped, hence Markup.
    plots = [(plot, Markup(svg(plot, style=False)), _rows(plot)) for plot in report.plots]  # noqa: S704
    matrices = [(matrix, Markup(svg_matrix(matrix))) for matrix in report.matrices]  # noqa: S704
    page: str = _template().render(
        report=report,
        plots=plots,
        plot_style=Markup(STYLE + MATRIX_STYLE),  # noqa: S704
        bars=[(bars, *_bar_rows(bars)) for bars in report.bars],
        matrices=matrices,
        galleries={gallery.check: gallery for gallery in report.galleries if gallery.check},
        other_galleries=[gallery for gallery in report.galleries if not gallery.check],
        causes=[(cause, spot(cause, report, context.config_text)) for cause in report.causes],
        pages=context.pages,
        passed=[outcome for outcome in report.outcomes if outcome.status == "passed"],
        others=by_reason(report.outcomes),
        metric_names=list(dict.fromkeys([*report.metrics.train, *report.metrics.validation])),
    )
    return page


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("cnndoctor.reporters", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Whatever a template prints passes here: no control character reaches the page.
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters |= {
        "number": number,
        "duration": duration,
        "percent": percent,
        "yaml": yaml_value,
        "place": place_label,
        "line": one_line,
        "tick": tick_label,
    }
    return environment.get_template("html.j2")


def _rows(plot: Plot) -> list[tuple[str, str, str, str, str]]:
    """Say each curve in numbers: first, lowest, highest and last value."""
    return [_row(curve) for curve in plot.curves[:_MOST_ROWS]]


def _row(curve: Curve) -> tuple[str, str, str, str, str]:
    finite = [y for y in curve.y if math.isfinite(y)]
    if not finite:
        return curve.name, "none", "none", "none", "none"
    return curve.name, number(finite[0]), number(min(finite)), number(max(finite)), number(curve.y[-1])


def _bar_rows(bars: Bars) -> tuple[list[tuple[str, list[tuple[str, float]]]], list[float]]:
    """Return each category with its values in words and the length of their bars, and where the marks stand.

    Lengths are percent of the longest; what is negative or was not measured has no bar.
    """
    values = [value for series in bars.series for value in series.values] + list(bars.marks.values())
    longest = max((value for value in values if math.isfinite(value) and value > 0), default=1.0)

    def length(value: float) -> float:
        return 100 * max(0.0, value) / longest if math.isfinite(value) else 0.0

    rows = []
    for index, category in enumerate(bars.categories):
        measured = [series.values[index] for series in bars.series if index < len(series.values)]
        rows.append((category, [(number(value), length(value)) for value in measured]))
    return rows, [length(value) for value in bars.marks.values() if math.isfinite(value)]
