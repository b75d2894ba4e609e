"""A confusion matrix as SVG: hits blue, mistakes orange, the darker the larger their share of the row's class."""

from __future__ import annotations

import math
from html import escape

from cnndoctor.report import Matrix
from cnndoctor.reporters.numbers import number, percent
from cnndoctor.reporters.printable import one_line

_CELL = 30
_LETTER = 7  # generous for this font, so that names are not measured
_LONGEST = 14
_MISTAKES_TOLD = 5

MATRIX_STYLE = (
    ".matrix{font:12px system-ui,sans-serif;fill:#333;max-width:100%;height:auto}"
    ".matrix .hit{fill:#0072b2}.matrix .miss{fill:#d55e00}.matrix .none{fill:none}.matrix rect{stroke:#ccc;stroke-width:.5}"
    ".matrix .deep{fill:#fff}"
    "@media (prefers-color-scheme:dark){.matrix{fill:#ddd}.matrix .hit{fill:#5ab4f0}.matrix .miss{fill:#ff8a3d}"
    ".matrix rect{stroke:#444}.matrix .deep{fill:#000}}"
    "@media print{.matrix{fill:#000}.matrix .hit{fill:#0072b2}.matrix .miss{fill:#d55e00}.matrix rect{stroke:#ccc}"
    ".matrix .deep{fill:#fff}}"
)


def svg_matrix(matrix: Matrix) -> str:
    """Draw a confusion matrix; the page brings ``MATRIX_STYLE``.

    Args:
        matrix: What to draw.

    Returns:
        One ``<svg>`` element.
    """
    labels = [_short(one_line(label)) for label in matrix.labels]
    gutter = 24 + _LETTER * max(map(len, labels), default=0)
    width, height = gutter + _CELL * len(labels) + 4, gutter + _CELL * len(labels) + 4
    name = "".join(letter if letter.isalnum() else "-" for letter in matrix.name) or "matrix"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="matrix" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img" aria-labelledby="matrix-{name}-title matrix-{name}-text">'
        ),
        f'<title id="matrix-{name}-title">{escape(one_line(matrix.title))}</title>',
        f'<desc id="matrix-{name}-text">{escape(in_words(matrix))}</desc>',
    ]
    for index, label in enumerate(labels):
        middle = gutter + _CELL * index + _CELL / 2
        parts.append(f'<text x="{gutter - 6}" y="{middle + 4}" text-anchor="end">{escape(label)}</text>')
        parts.append(
            f'<text x="{middle + 4}" y="{gutter - 6}" transform="rotate(-90 {middle + 4} {gutter - 6})">'
            f"{escape(label)}</text>"
        )
    side = gutter + _CELL * len(labels) / 2
    parts.append(f'<text x="{side}" y="12" text-anchor="middle">taken for</text>')
    parts.append(
        f'<text x="12" y="{side}" text-anchor="middle" transform="rotate(-90 12 {side})">true class</text>'
    )
    for row, counts in enumerate(matrix.counts):
        total = sum(counts)
        for column, count in enumerate(counts):
            parts += _cell(gutter + _CELL * column, gutter + _CELL * row, count, total, hit=row == column)
    return "\n".join([*parts, "</svg>"]) + "\n"


def in_words(matrix: Matrix) -> str:
    """Say what the matrix shows: how many were right, and the most frequent mistakes.

    Args:
        matrix: The matrix.
    """
    total = sum(map(sum, matrix.counts))
    right = sum(row[index] for index, row in enumerate(matrix.counts) if index < len(row))
    mistakes = sorted(
        (
            (count, row, column)
            for row, counts in enumerate(matrix.counts)
            for column, count in enumerate(counts)
            if row != column and count
        ),
        key=lambda mistake: (-mistake[0], mistake[1:]),
    )
    told = [f"{percent(right / total)} of {number(total)} right" if total else "nothing was judged"]
    for count, row, column in mistakes[:_MISTAKES_TOLD]:
        told.append(f"{number(count)} of {_at(matrix, row)} taken for {_at(matrix, column)}")
    return "; ".join(told) + "."


def _at(matrix: Matrix, index: int) -> str:
    return one_line(matrix.labels[index]) if index < len(matrix.labels) else str(index)


def _cell(x: float, y: float, count: int, total: int, *, hit: bool) -> list[str]:
    share = count / total if total else 0.0
    # The root makes a few mistakes among many hits visible.
    depth = math.sqrt(share)
    kind = ("hit" if hit else "miss") if count else "none"
    cell = (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" fill-opacity="{depth:.2f}"/>'
    )
    if not count:
        return [cell]
    deep = ' class="deep"' if depth > 0.6 else ""
    text = (
        f'<text x="{x + _CELL / 2}" y="{y + _CELL / 2 + 4}" text-anchor="middle"{deep}>{_brief(count)}</text>'
    )
    return [cell, text]


def _brief(count: int) -> str:
    """Write a count in at most four characters."""
    if count < 1_000:
        return str(count)
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= size:
            return f"{count / size:.0f}{unit}" if count >= 10 * size else f"{count / size:.1f}{unit}"
    return str(count)


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else label[: _LONGEST - 1] + "…"
