"""The codec writes any record and reads it back equal, and says where data does not fit."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest

from cnndoctor.codec import decode, dumps, encode, loads, write_atomically
from cnndoctor.errors import RunNotReadable
from cnndoctor.finding import Place, Value


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    name: str
    value: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    whole: int
    flag: bool
    colour: Colour
    kind: Literal["a", "b"]
    series: tuple[float, ...] = ()
    pair: tuple[int, str] = (0, "")
    leaves: tuple[Leaf, ...] = ()
    by_name: Mapping[str, Leaf] = field(default_factory=dict)
    values: Mapping[str, Value] = field(default_factory=dict)
    maybe: Leaf | None = None
    optional: float | None = None
    child: Tree | None = None


TREE = Tree(
    whole=3,
    flag=True,
    colour=Colour.RED,
    kind="b",
    series=(1.0, 2.5, math.inf, -math.inf),
    pair=(7, "x"),
    leaves=(Leaf(name="ü", value=1e-30),),
    by_name={"k": Leaf(name="k")},
    values={"lr": 0.1, "n": 3, "ok": False, "why": "text", "none": None},
    maybe=Leaf(name="m"),
    optional=2.0,
    child=Tree(whole=0, flag=False, colour=Colour.BLUE, kind="a"),
)


def test_round_trip_is_equal() -> None:
    """A record with every kind of field comes back equal, down to the types of its scalars."""
    again = loads(Tree, dumps(TREE))
    assert again == TREE
    assert again.colour is Colour.RED
    assert {name: type(value) for name, value in again.values.items()} == {
        name: type(value) for name, value in TREE.values.items()
    }


def test_non_finite_floats_are_strict_json() -> None:
    """NaN and the infinities are written as strings, also inside a union that may hold text."""
    leaf = Leaf(name="n", value=math.nan)
    assert encode(leaf) == {"name": "n", "value": "NaN"}
    assert math.isnan(loads(Leaf, dumps(leaf)).value)
    tree = decode(
        Tree, {"whole": 0, "flag": True, "colour": "red", "kind": "a", "values": {"x": "-Infinity"}}
    )
    assert tree.values["x"] == -math.inf


def test_bare_nan_is_refused() -> None:
    """A NaN literal that another program wrote is no JSON and is said to be none."""
    with pytest.raises(RunNotReadable, match="NaN is not JSON"):
        loads(Leaf, '{"name": "n", "value": NaN}')


def test_digits_round_floats_only() -> None:
    """Rounding keeps significant digits, not decimals, and leaves whole numbers alone."""
    tree = Tree(whole=123456789, flag=True, colour=Colour.RED, kind="a", series=(1.23456789e-12, 123456789.0))
    data = encode(tree, digits=3)
    assert isinstance(data, dict)
    assert data["series"] == [1.23e-12, 123000000.0]
    assert data["whole"] == 123456789


def test_missing_field_gets_its_default() -> None:
    """What an older version did not write yet gets the default."""
    assert decode(Leaf, {"name": "n"}) == Leaf(name="n")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"whole": 1.5}, r"Tree\.whole: expected a whole number, found 1\.5"),
        ({"whole": True}, r"Tree\.whole: expected a whole number, found true"),
        ({"flag": 1}, r"Tree\.flag: expected true or false, found 1"),
        ({"colour": "green"}, r"Tree\.colour: expected one of 'red', 'blue', found \"green\""),
        ({"kind": "c"}, r"Tree\.kind: expected one of 'a', 'b'"),
        ({"series": [1.0, "x"]}, r"Tree\.series\[1\]: expected a number, found \"x\""),
        ({"series": 3}, r"Tree\.series: expected a list, found 3"),
        ({"pair": [1]}, r"Tree\.pair: expected a list of 2, found a list of 1"),
        ({"leaves": [{"name": "a"}, {}]}, r"Tree\.leaves\[1\]: the field 'name' is missing"),
        ({"by_name": {"k": {"name": 3}}}, r"Tree\.by_name\['k'\]\.name: expected text, found 3"),
        ({"values": {"v": []}}, r"Tree\.values\['v'\]: expected float or int or str or bool or NoneType"),
        ({"maybe": {"nam": "x"}}, r"Tree\.maybe: unknown field 'nam'"),
        ({"optional": "soon"}, r"Tree\.optional: expected float or NoneType, found \"soon\""),
        ({"series": [10**400]}, r"Tree\.series\[0\]: expected a number that fits a float"),
    ],
)
def test_misfit_names_its_path(change: dict[str, object], message: str) -> None:
    """Data that does not fit is refused with the path, what was expected and what was found."""
    data = encode(TREE)
    assert isinstance(data, dict)
    with pytest.raises(RunNotReadable, match=message):
        decode(Tree, data | change)


def test_unwritable_value_names_its_path() -> None:
    """A value that no field may hold is our own mistake and is found by its path."""
    with pytest.raises(TypeError, match=r"Tree\.values\['s'\]: cannot be written as JSON: builtins\.set"):
        encode(Tree(whole=0, flag=True, colour=Colour.RED, kind="a", values={"s": {1}}))  # type: ignore[dict-item]


def test_core_record_round_trips() -> None:
    """A record of the package itself goes through unchanged."""
    place = Place(kind="key", name="optimizer.lr", line=14)
    assert loads(Place, dumps(place)) == place


def test_large_evidence_is_fast() -> None:
    """Some 300 KB of numbers are written and read in well under a tenth of a second each."""
    series = tuple(math.sin(index) for index in range(15_000))
    tree = Tree(whole=0, flag=True, colour=Colour.RED, kind="a", series=series)
    start = time.process_time()
    text = dumps(tree)
    written = time.process_time()
    loads(Tree, text)
    assert len(text) > 300_000
    # Twice the promise, for a busy machine.
    assert written - start < 0.2
    assert time.process_time() - written < 0.2


def test_write_atomically_replaces_whole_files(tmp_path: Path) -> None:
    """Folders are made, the old content is replaced and no neighbour is left behind."""
    path = tmp_path / "evidence" / "data.json"
    write_atomically(path, "old")
    write_atomically(path, "new ü\n")
    assert path.read_bytes() == "new ü\n".encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["data.json"]


def test_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    """When writing fails, the old file stands and no half-written neighbour remains."""
    path = tmp_path / "data.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "lone surrogate \ud800")
    assert path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_text_is_strict_json() -> None:
    """Any JSON reader can read the file: fields stand as declared, and text is ASCII even when it is no valid Unicode."""
    text = dumps(Leaf(name="ü\ud800", value=math.inf))
    assert text.isascii()
    assert loads(Leaf, text).name == "ü\ud800"
    data = json.loads(text)
    assert list(data) == ["name", "value"]
    assert data["value"] == "Infinity"
