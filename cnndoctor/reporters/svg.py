"""A plot as SVG: self-contained, readable in light and dark, on paper and by a screen reader."""

from __future__ import annotations

import math
from html import escape

from cnndoctor.report import Curve, Plot
from cnndoctor.reporters.axis import Axis, axes, tick_label
from cnndoctor.reporters.clipping import beyond, clipped
from cnndoctor.reporters.numbers import number
from cnndoctor.reporters.printable import one_line

# Okabe & Ito (2008), told apart by people with any colour vision; the dash pattern tells them apart without colour.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9")
_DARK_COLOURS = ("#5ab4f0", "#ff8a3d", "#2fd6a3", "#f0a3cf", "#e6c229", "#a5d8ff")
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "12 4", "1 4")
_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 16, 44, 46
# A curve keeps at most this many points; more could not be seen at this width.
_MOST_POINTS = 1200
_LONGEST_NAME = 40
_MOST_ARROWS = 8


def _style() -> str:
    def lines(colours: tuple[str, ...]) -> str:
        return "".join(f".plot .c{index}{{stroke:{colour}}}" for index, colour in enumerate(colours))

    return (
        ".plot{font:12px system-ui,sans-serif;fill:#333;max-width:100%;height:auto}"
        ".plot .grid{stroke:#ccc;stroke-width:.5}.plot .frame{stroke:#777;fill:none}"
        # A rim in the colour of the page: labels stay readable where a curve passes behind them.
        ".plot text{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}"
        ".plot .curve{fill:none;stroke-width:1.8;stroke-linejoin:round}"
        ".plot .mark{stroke:#333;stroke-width:1.2;stroke-dasharray:4 3}.plot .band{fill:#009e73;opacity:.16}"
        f"{lines(_COLOURS)}"
        "@media (prefers-color-scheme:dark){.plot{fill:#ddd}.plot text{stroke:#15181c}"
        ".plot .grid{stroke:#444}.plot .mark{stroke:#ddd}"
        f"{lines(_DARK_COLOURS)}}}"
        "@media print{.plot{fill:#000}.plot text{stroke:#fff}.plot .grid{stroke:#ccc}.plot .mark{stroke:#000}"
        f"{lines(_COLOURS)}}}"
    )


STYLE = _style()


def svg(plot: Plot, *, style: bool = True) -> str:
    """Draw a plot.

    Args:
        plot: What to draw; points that are not finite, or not positive on a logarithmic axis, leave gaps.
        style: Whether to put the style sheet inside; a page that holds several plots brings ``STYLE`` once.

    Returns:
        One ``<svg>`` element, a valid file of its own.
    """
    x_axis, y_axis = axes(plot)
    name = "".join(letter if letter.isalnum() else "-" for letter in plot.name) or "plot"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" '
            f'height="{_HEIGHT}" role="img" aria-labelledby="plot-{name}-title plot-{name}-text">'
        ),
        f'<title id="plot-{name}-title">{_safe(plot.title)}</title>',
        f'<desc id="plot-{name}-text">{_safe(_in_words(plot))}</desc>',
        f"<style>{STYLE}</style>" if style else "",
        *_band(plot, x_axis),
        *_grid(x_axis, y_axis),
        *_labels(plot),
        *(_curve(plot, index, x_axis, y_axis) for index in range(len(plot.curves))),
        *_cut_note(plot),
        *_marks(plot, x_axis),
        *_legend(plot.curves),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def _safe(text: str) -> str:
    return escape(one_line(text))


def _in_words(plot: Plot) -> str:
    """Say in a sentence what the picture shows, for those who cannot see it."""
    told = [f"{plot.y_label} over {plot.x_label}"]
    for curve in plot.curves:
        finite = [y for y in curve.y if math.isfinite(y)]
        if finite:
            told.append(
                f"{curve.name} from {number(finite[0])} to {number(finite[-1])}, lowest {number(min(finite))}"
            )
    told += [f"{label} at {number(value)}" for label, value in plot.marks.items()]
    if len(plot.band) == 2:
        told.append(f"shaded from {number(plot.band[0])} to {number(plot.band[1])}")
    if beyond(plot):
        told.append(beyond(plot))
    return "; ".join(told) + "."


def _x(axis: Axis, value: float) -> float:
    return _LEFT + axis.share(value) * (_WIDTH - _LEFT - _RIGHT)


def _y(axis: Axis, value: float) -> float:
    return _HEIGHT - _BOTTOM - axis.share(value) * (_HEIGHT - _TOP - _BOTTOM)


def _band(plot: Plot, x_axis: Axis) -> list[str]:
    if len(plot.band) != 2:
        return []
    left, right = sorted(_x(x_axis, value) for value in plot.band)
    if math.isnan(left) or math.isnan(right):
        return []
    height = _HEIGHT - _TOP - _BOTTOM
    return [f'<rect class="band" x="{left:.1f}" y="{_TOP}" width="{right - left:.1f}" height="{height}"/>']


def _grid(x_axis: Axis, y_axis: Axis) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts: list[str] = []
    for tick in x_axis.ticks(7):
        at = _x(x_axis, tick)
        parts.append(f'<line class="grid" x1="{at:.1f}" y1="{_TOP}" x2="{at:.1f}" y2="{bottom}"/>')
        parts.append(f'<text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle">{tick_label(tick)}</text>')
    for tick in y_axis.ticks(5):
        at = _y(y_axis, tick)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{tick_label(tick)}</text>')
    frame = f'<rect class="frame" x="{_LEFT}" y="{_TOP}" width="{right - _LEFT}" height="{bottom - _TOP}"/>'
    return [*parts, frame]


def _labels(plot: Plot) -> list[str]:
    middle_x, middle_y = (_LEFT + _WIDTH - _RIGHT) / 2, (_TOP + _HEIGHT - _BOTTOM) / 2
    return [
        f'<text x="{middle_x}" y="{_HEIGHT - 8}" text-anchor="middle">{_safe(plot.x_label)}</text>',
        (
            f'<text x="14" y="{middle_y}" text-anchor="middle" transform="rotate(-90 14 {middle_y})">'
            f"{_safe(plot.y_label)}</text>"
        ),
    ]


def _curve(plot: Plot, index: int, x_axis: Axis, y_axis: Axis) -> str:
    curve, exits = clipped(plot, plot.curves[index])
    path = _path(curve, x_axis, y_axis)
    if not path:
        return ""
    dash = _DASHES[index % len(_DASHES)]
    pattern = f' stroke-dasharray="{dash}"' if dash else ""
    colour = index % len(_COLOURS)
    # Round caps make a lone point between two gaps visible.
    line = f'<path class="curve c{colour}" stroke-linecap="round"{pattern} d="{path}"/>'
    arrows = "".join(_arrow(_x(x_axis, each.x), upward=each.upward) for each in exits[:_MOST_ARROWS])
    return f'{line}<path class="curve c{colour}" d="{arrows}"/>' if arrows else line


def _arrow(at: float, *, upward: bool) -> str:
    """Draw the head of an arrow at the edge that a curve leaves by."""
    if math.isnan(at):
        return ""
    edge, back = (_TOP, 7) if upward else (_HEIGHT - _BOTTOM, -7)
    return f"M{at - 4:.1f},{edge + back}L{at:.1f},{edge}L{at + 4:.1f},{edge + back}"


def _cut_note(plot: Plot) -> list[str]:
    told = beyond(plot)
    if not told:
        return []
    # Between legend and frame, where no curve and no mark is.
    return [f'<text x="{_LEFT}" y="{_TOP - 6}">{escape(told)}</text>']


def _path(curve: Curve, x_axis: Axis, y_axis: Axis) -> str:
    commands: list[str] = []
    pen_down = False
    stride = max(1, math.ceil(len(curve.x) / _MOST_POINTS))
    last = len(curve.x) - 1
    for index, (x, y) in enumerate(zip(curve.x, curve.y, strict=False)):
        if index % stride and index != last and math.isfinite(y):
            continue
        at_x, at_y = _x(x_axis, x), _y(y_axis, y)
        if math.isnan(at_x) or math.isnan(at_y):
            pen_down = False
            continue
        commands.append(f"{'L' if pen_down else 'M'}{at_x:.1f},{at_y:.1f}" + ("" if pen_down else "h0"))
        pen_down = True
    return "".join(commands)


def _marks(plot: Plot, x_axis: Axis) -> list[str]:
    parts: list[str] = []
    placed = sorted((_x(x_axis, value), label, value) for label, value in plot.marks.items())
    for row, (at, label, value) in enumerate(placed):
        if math.isnan(at):
            continue
        # Labels near the right edge stand left of their line, and neighbours on alternating rows.
        anchor, nudge = ("end", -4) if at > _WIDTH * 0.6 else ("start", 4)
        height = _TOP + 14 + 14 * (row % 3)
        parts.append(f'<line class="mark" x1="{at:.1f}" y1="{_TOP}" x2="{at:.1f}" y2="{_HEIGHT - _BOTTOM}"/>')
        text = f"{_safe(label)} {number(value)}"
        parts.append(f'<text x="{at + nudge:.1f}" y="{height}" text-anchor="{anchor}">{text}</text>')
    return parts


def _legend(curves: tuple[Curve, ...]) -> list[str]:
    parts: list[str] = []
    left, top = float(_LEFT), 14
    for index, curve in enumerate(curves):
        label = _short(one_line(curve.name))
        # Seven units a letter is generous for this font; it keeps entries apart without measuring text.
        width = 48 + 8 * len(label)  # wide enough for the larger letters that a phone gets
        if left + width > _WIDTH and left > _LEFT:
            left, top = float(_LEFT), top + 15
        if top > _TOP - 14:
            parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{_TOP - 4}" text-anchor="end">…</text>')
            break
        dash = _DASHES[index % len(_DASHES)]
        pattern = f' stroke-dasharray="{dash}"' if dash else ""
        colour = index % len(_COLOURS)
        parts.append(f'<path class="curve c{colour}"{pattern} d="M{left:.0f},{top - 4}h26"/>')
        parts.append(f'<text x="{left + 32:.0f}" y="{top}">{escape(label)}</text>')
        left += width
    return parts


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_NAME else label[: _LONGEST_NAME - 1] + "…"
