"""Charts: ranges and ticks that people can read, and no series that breaks them."""

import math
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cnndoctor.report import Curve, Matrix, Plot, Report
from cnndoctor.reporters.ascii_plot import ascii_plot
from cnndoctor.reporters.axis import Axis, axes, tick_label
from cnndoctor.reporters.clipping import beyond, clipped
from cnndoctor.reporters.numbers import duration, number, yaml_value
from cnndoctor.reporters.sparkline import sparkline
from cnndoctor.reporters.svg import svg
from cnndoctor.reporters.svg_matrix import in_words, svg_matrix


def plot(y: tuple[float, ...], **options: Any) -> Plot:
    """Return a plot of one curve over the steps 1, 2, 3."""
    x = tuple(float(index + 1) for index in range(len(y)))
    curves = (Curve(name="y", x=x, y=y),)
    return Plot(name="p", title="T", x_label="x", y_label="y", curves=curves, **options)


ODD = [
    (),
    (1.0,),
    (math.nan, math.nan),
    (math.inf, 1.0, -math.inf),
    (0.0, 0.0, 0.0),
    (-1e308, 1e308),
    (5e-324, 1e308),
    (1e-300, 1e-300),
    (1e16, 1e16 + 2),
]


@pytest.mark.parametrize("y", ODD)
@pytest.mark.parametrize("log", [False, True])
def test_odd_series_still_draw(y: tuple[float, ...], log: bool) -> None:
    """Empty, constant, huge, tiny and non-finite series give a valid picture without NaN in it."""
    odd = plot(y, log_x=log, log_y=log, marks={"m": 3.0, "none": math.nan}, band=(0.5, math.nan))
    picture = svg(odd)
    ET.fromstring(picture)
    assert "nan" not in picture
    assert "inf" not in picture
    assert ascii_plot(odd)
    assert len(sparkline(y, 8)) <= 8


def test_text_chart_keeps_its_width(report: Report) -> None:
    """No line is wider than asked."""
    for width in (30, 80, 133):
        for each in report.plots:
            assert max(map(len, ascii_plot(each, width=width).splitlines())) <= width


def test_text_chart_falls() -> None:
    """A falling line is drawn from the upper left to the lower right."""
    rows = [
        line.split("│")[-1].split("┤")[-1]
        for line in ascii_plot(plot((3.0, 2.0, 1.0)), width=40).splitlines()[1:-3]
    ]
    starts = [len(row) - len(row.lstrip()) for row in rows if row.strip()]
    assert starts == sorted(starts)
    assert starts[0] == 0


def test_ticks_are_round_and_few() -> None:
    """Linear ticks are multiples of 1, 2 or 5; logarithmic ones are decades."""
    assert Axis(low=0.0, high=2.6, log=False).ticks(5) == (0.0, 1.0, 2.0)
    assert Axis(low=1e-7, high=10.0, log=True).ticks(5) == (1e-6, 1e-4, 1e-2, 1.0)
    assert Axis(low=2.0, high=7.0, log=True).ticks(5) == (2.0, 3.0, 4.0, 5.0, 6.0, 7.0)


def test_a_floor_of_zero_is_kept() -> None:
    """A loss that never is negative gets no room below zero."""
    assert axes(plot((0.01, 2.0)))[1].low == 0.0


@pytest.mark.parametrize(
    ("value", "label"),
    [(0, "0"), (0.01, "0.01"), (1e-5, "1e-5"), (250, "250"), (20_000, "20k"), (1e9, "1e9"), (-0.5, "-0.5")],
)
def test_tick_labels_are_short(value: float, label: str) -> None:
    """Labels are as a person would write them."""
    assert tick_label(value) == label


def test_sparkline_shows_gaps_and_overflows() -> None:
    """NaN is a blank, infinity a cross, and a constant lies at the bottom."""
    assert sparkline((0.0, math.nan, math.inf, 1.0)) == "▁ ×█"
    assert sparkline((2.0, 2.0)) == "▁▁"
    assert sparkline((2.303, 2.299)) == "▂▁", "a fall of two thousandths is no dive"
    assert len(sparkline(tuple(float(index) for index in range(1000)), 10)) == 10


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.03, "0.03"),
        (1e-5, "1e-05"),
        (12400, "12,400"),
        (True, "yes"),
        (None, "none"),
        (math.nan, "NaN"),
        ("x", "x"),
        (2.0, "2"),
    ],
)
def test_numbers_read_well(value: float | str | None, text: str) -> None:
    """Four digits at most, thousands set apart, words for the rest."""
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.03, "0.03"),
        (True, "true"),
        (None, "null"),
        ("sum", "sum"),
        ("no", "'no'"),
        ("a: b", "'a: b'"),
        (3, "3"),
    ],
)
def test_yaml_values_mean_what_they_say(value: float | str | None, text: str) -> None:
    """A proposed setting can be pasted into the experiment file."""
    assert yaml_value(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.44, "0.4 s"), (12.3, "12 s"), (59.7, "1 min"), (83.2, "1 min 23 s"), (7500, "2 h 5 min")],
)
def test_durations_have_one_unit_that_fits(seconds: float, text: str) -> None:
    """Seconds, minutes and hours, each where it fits."""
    assert duration(seconds) == text


def test_a_cut_curve_ends_at_the_edge() -> None:
    """A line that leaves the picture is drawn to the edge, where it crosses it, and taken up again where it comes back."""
    cut = plot((1.0, 3.0, 1.0), y_range=(0.0, 2.0))
    curve, exits = clipped(cut, cut.curves[0])
    drawn = [(x, y) for x, y in zip(curve.x, curve.y, strict=True) if not math.isnan(y)]
    assert drawn == [(1.0, 1.0), (1.5, 2.0), (2.5, 2.0), (3.0, 1.0)]
    assert [(each.x, each.upward) for each in exits] == [(1.5, True)]
    assert beyond(cut) == "▲ cut: goes up to 3"


@pytest.mark.parametrize("y", [*ODD, (5.0, 5.0, 5.0), (-9.0, 9.0, -9.0), (0.0, math.inf, math.nan)])
def test_whatever_is_cut_still_draws(y: tuple[float, ...]) -> None:
    """Curves beyond the picture, through it and not finite leave valid pictures; what was cut is said."""
    cut = plot(y, y_range=(-1.0, 1.0))
    ET.fromstring(svg(cut))
    text = ascii_plot(cut, width=60)
    assert max(map(len, text.splitlines())) <= 60
    curve, _ = clipped(cut, cut.curves[0])
    assert all(-1 <= value <= 1 for value in curve.y if not math.isnan(value))
    high = max((value for value in y if math.isfinite(value)), default=0.0)
    assert ("▲ cut" in text) == (high > 1)


def test_a_whole_plot_is_not_cut() -> None:
    """Without a range nothing is said of a cut, and the curve is the very same."""
    whole = plot((1.0, 500.0))
    assert clipped(whole, whole.curves[0]) == (whole.curves[0], ())
    assert beyond(whole) == ""
    assert "▲" not in svg(whole)


def test_matrix_draws_every_cell() -> None:
    """Counts are written, long ones shortly; zeros stay blank; odd shapes and names leave a valid picture."""
    matrix = Matrix(name="c", title="T <b>", labels=("a<b>", "x" * 99), counts=((12_345, 0), (7, 3)))
    picture = svg_matrix(matrix)
    root = ET.fromstring(picture)
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[-3:] == ["12k", "7", "3"]
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) == 4
    assert "<b>" not in picture
    assert in_words(matrix).startswith("100% of 12,355 right; 7 of xx")
    ET.fromstring(svg_matrix(Matrix(name="", title="", labels=(), counts=())))
    assert in_words(Matrix(name="", title="", labels=("a",), counts=((0,),))) == "nothing was judged."


def test_arrow_stands_beside_the_letter_of_its_curve() -> None:
    """Of two curves that leave by the upper edge, the text chart shows which, and that they go on."""
    x = (1.0, 2.0, 3.0)
    curves = (Curve(name="one", x=x, y=(1.0, 1.5, 9.0)), Curve(name="two", x=x, y=(1.0, 9.0, 9.0)))
    text = ascii_plot(replace(plot((1.0,)), curves=curves, y_range=(0.0, 2.0)), width=40)
    top = text.splitlines()[1]
    assert ("a▲" in top, "b▲" in top) == (True, True)
