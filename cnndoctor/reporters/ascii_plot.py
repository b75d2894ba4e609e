"""A plot as text: braille dots on a grid of characters, for a terminal or a log."""

from __future__ import annotations

import math

from cnndoctor.report import Curve, Plot
from cnndoctor.reporters.axis import Axis, axes, tick_label
from cnndoctor.reporters.clipping import beyond, clipped
from cnndoctor.reporters.numbers import number
from cnndoctor.reporters.printable import one_line

# A braille character holds 2 × 4 dots; these are their bits, [row][column].
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800
_MARK = "┊"


def ascii_plot(plot: Plot, *, width: int = 80, height: int = 14) -> str:
    """Draw a plot with characters.

    Several curves end in a letter that the legend explains; marks are dotted verticals; the band is drawn heavy on
    the x axis.

    Args:
        plot: What to draw.
        width: Columns to fill; at least 30 are used.
        height: Rows of the drawing, without title, axis and legend.

    Returns:
        Lines of at most ``width`` columns, without trailing blanks, with a final newline.
    """
    x_axis, y_axis = axes(plot)
    labels = _row_labels(y_axis, height)
    gutter = max(len(label) for label in labels) + 1
    columns = max(width, 30) - gutter - 1
    rows = _draw(plot, x_axis, y_axis, columns, height)
    body = [
        f"{label:>{gutter - 1}} ┤{row}" if label else f"{'':>{gutter}}│{row}"
        for label, row in zip(labels, rows, strict=True)
    ]
    lines = [
        one_line(f"{plot.title} ({plot.y_label})")[: max(width, 30)],
        *body,
        " " * gutter + "└" + _floor(plot, x_axis, columns),
        " " * (gutter + 1) + _column_labels(x_axis, columns),
        f"{one_line(plot.x_label):^{gutter + columns}}",
        *_legend(plot, max(width, 30)),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _draw(plot: Plot, x_axis: Axis, y_axis: Axis, columns: int, height: int) -> list[str]:
    dots = [[0] * columns for _ in range(height)]
    over = [[""] * columns for _ in range(height)]
    for value in plot.marks.values():
        column = _column(x_axis, value, columns)
        if column is not None:
            for row in over:
                row[column] = _MARK
    for index, whole in enumerate(plot.curves):
        curve, exits = clipped(plot, whole)
        _dot_curve(curve, x_axis, y_axis, dots)
        end = _end(curve, x_axis, y_axis, columns, height)
        if end and len(plot.curves) > 1:
            over[end[0]][end[1]] = _letter(index)
        for leaving in exits:
            _arrow(over, _column(x_axis, leaving.x, columns), upward=leaving.upward)
    return [
        "".join(_cell(dot, above) for dot, above in zip(dot_row, over_row, strict=True))
        for dot_row, over_row in zip(dots, over, strict=True)
    ]


def _arrow(over: list[list[str]], column: int | None, *, upward: bool) -> None:
    """Put an arrow where a curve leaves the picture, beside the letter that names the curve."""
    row = over[0 if upward else -1]
    free = (at for at in (column, None if column is None else column + 1) if at is not None and at < len(row))
    at = next((at for at in free if row[at] in {"", _MARK}), None)
    if at is not None:
        row[at] = "▲" if upward else "▼"


def _cell(dot: int, above: str) -> str:
    # A curve that crosses a mark stays visible; only the letter at a curve's end hides dots.
    if above and (above != _MARK or not dot):
        return above
    return chr(_BLANK + dot) if dot else " "


def _dot_curve(curve: Curve, x_axis: Axis, y_axis: Axis, dots: list[list[int]]) -> None:
    """Set the dots of a curve, with straight lines between neighbours and a gap where nothing was measured."""
    wide, tall = len(dots[0]) * 2 - 1, len(dots) * 4 - 1
    before: tuple[float, float] | None = None
    for x, y in zip(curve.x, curve.y, strict=False):
        at = (x_axis.share(x) * wide, (1 - y_axis.share(y)) * tall)
        if math.isnan(at[0]) or math.isnan(at[1]):
            before = None
            continue
        start = before or at
        steps = max(1, math.ceil(max(abs(at[0] - start[0]), abs(at[1] - start[1]))))
        for step in range(steps + 1):
            column = round(start[0] + (at[0] - start[0]) * step / steps)
            row = round(start[1] + (at[1] - start[1]) * step / steps)
            dots[row // 4][column // 2] |= _DOTS[row % 4][column % 2]
        before = at


def _end(curve: Curve, x_axis: Axis, y_axis: Axis, columns: int, height: int) -> tuple[int, int] | None:
    for x, y in zip(reversed(curve.x), reversed(curve.y), strict=False):
        column, share = _column(x_axis, x, columns), y_axis.share(y)
        if column is not None and not math.isnan(share):
            return round((1 - share) * (height - 1)), column
    return None


def _column(x_axis: Axis, value: float, columns: int) -> int | None:
    share = x_axis.share(value)
    return None if math.isnan(share) else round(share * (columns - 1))


def _letter(index: int) -> str:
    return chr(ord("a") + index % 26)


def _row_labels(y_axis: Axis, height: int) -> list[str]:
    labels = [""] * height
    for tick in y_axis.ticks(max(height // 3, 2)):
        row = round((1 - y_axis.share(tick)) * (height - 1))
        if 0 <= row < height:
            labels[row] = tick_label(tick)
    return labels


def _floor(plot: Plot, x_axis: Axis, columns: int) -> str:
    line = ["─"] * columns
    for tick in x_axis.ticks(max(columns // 10, 2)):
        line[round(x_axis.share(tick) * (columns - 1))] = "┬"
    ends = [_column(x_axis, value, columns) for value in plot.band]
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
        for column in range(min(ends[0], ends[1]), max(ends[0], ends[1]) + 1):
            line[column] = "━"
    return "".join(line)


def _column_labels(x_axis: Axis, columns: int) -> str:
    line = ""
    for tick in x_axis.ticks(max(columns // 10, 2)):
        label = tick_label(tick)
        start = min(max(round(x_axis.share(tick) * (columns - 1)) - len(label) // 2, 0), columns - len(label))
        # A label that would touch its left neighbour is left out.
        if start > len(line) or not line:
            line = f"{line:<{start}}{label}"
    return line


def _legend(plot: Plot, width: int) -> list[str]:
    entries = [f"{_letter(index)} {one_line(curve.name)}" for index, curve in enumerate(plot.curves)]
    if len(entries) < 2:
        entries = []
    entries += [f"{_MARK} {one_line(label)} {number(value)}" for label, value in plot.marks.items()]
    if len(plot.band) == 2:
        entries.append(f"━ band {number(plot.band[0])} to {number(plot.band[1])}")
    if beyond(plot):
        entries.append(beyond(plot))
    lines: list[str] = []
    for entry in entries:
        if lines and len(lines[-1]) + len(entry) + 3 <= width:
            lines[-1] += f"   {entry}"
        else:
            lines.append(entry[:width])
    return lines
