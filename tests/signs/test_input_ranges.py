"""Promises of input ranges: raw pixels and raw tables are odd, scaled data and keys are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.evidence.data import InputTensor, Split, TensorFacts
from cnndoctor.signs.input_ranges import odd_range
from tests.healthy import healthy_data

PIXELS = TensorFacts(count=6400, shapes={"1x8x8": 100}, minimum=0.0, maximum=1.0, mean=0.3, std=0.38)


def split(**facts: object) -> Split:
    """Return a split whose inputs are pixels with these facts replaced."""
    return replace(healthy_data().train, inputs=replace(PIXELS, **facts))  # type: ignore[arg-type]


ODD: dict[str, tuple[dict[str, object], str]] = {
    "bytes": ({"maximum": 255.0, "mean": 78.0, "std": 96.0}, "values from 0 to 255, mean 78, std 96"),
    "wide about zero": ({"minimum": -90.0, "maximum": 90.0, "mean": 0.0, "std": 30.0}, "std 30"),
    "columns apart": (
        {"maximum": 40.0, "mean": 1.0, "std": 4.0, "channel_stds": (0.1, 0.0, 4.0)},
        "deviations from 0.1 to 4 between",
    ),
    "hardly varies": ({"maximum": 0.01, "mean": 0.005, "std": 0.003}, "standard deviation 0.003"),
    "far from zero": ({"minimum": 0.8, "mean": 0.9, "std": 0.05}, "mean 0.9 far from 0"),
}


@pytest.mark.parametrize(("facts", "said"), ODD.values(), ids=ODD)
def test_what_is_odd_is_said_with_its_numbers(facts: dict[str, object], said: str) -> None:
    """Each way of being unscaled has words of its own."""
    one, words = odd_range(split(**facts))
    assert said in words
    assert one.facts.mean == facts["mean"]


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"minimum": -2.5, "maximum": 2.8, "mean": 0.0, "std": 1.0},
        {"channel_stds": (0.4, 0.001)},
        {"maximum": 40.0, "mean": 1.0, "std": 4.0, "channel_stds": (0.2, 4.0)},
        {"maximum": 40.0, "mean": 1.0, "std": 4.0, "channel_stds": (0.0, 4.0)},
        {"mean": 1.0, "minimum": 1.0, "std": 0.0},
        {"count": 0, "mean": 78.0, "std": 96.0},
        {"kind": "text", "mean": 78.0, "std": 96.0},
    ],
    ids=[
        "pixels",
        "standardised",
        "border pixels",
        "columns alike",
        "a column of zeros",
        "constant",
        "none",
        "text",
    ],
)
def test_scaled_inputs_have_no_odd_range(facts: dict[str, object]) -> None:
    """What networks take as it is, and what has no range at all, is left alone."""
    _, words = odd_range(split(**facts))
    assert words == ""


def test_the_digits_are_scaled() -> None:
    """The healthy record has no odd range, and its only tensor is handed back."""
    data = healthy_data()
    one, words = odd_range(data.train)
    assert words == ""
    assert one.facts == data.train.inputs


RAW = replace(PIXELS, maximum=255.0, mean=78.0, std=96.0)
TOKENS = TensorFacts(count=640, shapes={"16": 40}, maximum=900.0, mean=210.0, std=190.0, integral=True)


def test_of_several_tensors_the_first_odd_one_is_named() -> None:
    """Numbers of words beside an image are keys, whose range means nothing; a raw image beside a scaled one is told."""
    first, keys, raw = (
        InputTensor(name=name, facts=facts)
        for name, facts in (("mask", PIXELS), ("words", TOKENS), ("image", RAW))
    )
    several = replace(split(), tensors=(first, keys, raw))
    one, words = odd_range(several)
    assert one == raw
    assert "255" in words
    sound, nothing = odd_range(replace(several, tensors=(first, keys)))
    assert (sound, nothing) == (first, "")


def test_limits_of_the_users_own_count() -> None:
    """Each limit is moved by its own argument."""
    columns = split(maximum=40.0, mean=1.0, std=4.0, channel_stds=(0.1, 4.0))
    assert odd_range(split(maximum=255.0, mean=78.0, std=96.0), max_magnitude=300.0)[1] == ""
    assert odd_range(columns, max_spread=50.0)[1] == ""
    assert odd_range(split(maximum=0.02, mean=0.005, std=0.003), min_std=0.001)[1] == ""
