"""Frozen dataclass ⇄ plain JSON data: strict about fields and types, and it knows NaN and the infinities.

JSON has no NaN, so the three non-finite floats are written as the strings ``"NaN"``, ``"Infinity"`` and
``"-Infinity"`` and read back wherever a float is expected. Where a field may be a float *or* a string, these three
strings therefore always mean the float.

What a field may be: ``bool``, ``int``, ``float``, ``str``, ``None``, a ``StrEnum``, ``Literal``, ``tuple[T, ...]``,
``tuple[A, B]``, ``Mapping[str, T]``, a union of these, and another dataclass. Reading refuses unknown fields and wrong
types with the path of the culprit (``causes[0].severity``); a missing field that has a default gets it, so that
a newer program reads what an older one of the same major version wrote.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import secrets
import types
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from cnndoctor.errors import RunNotReadable

T = TypeVar("T")
_Decoder = Callable[[object], object]

_NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_SCALARS = (bool, int, float, str, types.NoneType)


def encode(record: object, *, digits: int | None = None) -> object:
    """Turn a record into what ``json`` can write without loss.

    Args:
        record: A dataclass instance, or a tuple, mapping or scalar that a field of one may hold.
        digits: Significant decimal digits kept of every float; all of them when ``None``.

    Returns:
        Dictionaries, lists and scalars, in the declared order of the fields.

    Raises:
        TypeError: When a value is of a type no field may have (a tensor, a set …); the message names its path.
    """
    try:
        return _encode(record, digits)
    except _Mismatch as wrong:
        message = f"{type(record).__name__}{wrong.where()}: {wrong.message}"
        raise TypeError(message) from None


def decode(cls: type[T], data: object) -> T:
    """Build a record of class ``cls`` from plain data.

    Args:
        cls: The dataclass expected at the top.
        data: What :func:`encode` returned, or ``json.loads`` of it.

    Returns:
        The record, equal to the one encoded (to the digits kept).

    Raises:
        RunNotReadable: On an unknown field, a missing one without default, or a wrong type; names the path.
    """
    hint: object = cls
    try:
        return cast("T", _decoder(hint)(data))
    except _Mismatch as wrong:
        message = f"{cls.__name__}{wrong.where()}: {wrong.message}"
        raise RunNotReadable(message) from None


def dumps(record: object, *, digits: int | None = None) -> str:
    """Write a record as strict JSON text: one-space indent, fields as declared, final newline.

    Args:
        record: See :func:`encode`.
        digits: See :func:`encode`; evidence is written with 7.

    Returns:
        The text.
    """
    # ASCII, for a label or file name may hold lone surrogates, which no UTF-8 file can.
    return json.dumps(encode(record, digits=digits), indent=1, allow_nan=False) + "\n"


def loads(cls: type[T], text: str) -> T:
    """Read a record of class ``cls`` from JSON text.

    Args:
        cls: The dataclass expected at the top.
        text: What :func:`dumps` wrote.

    Returns:
        The record.

    Raises:
        RunNotReadable: When the text is no JSON or does not fit the class.
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        message = f"{cls.__name__}: not JSON: {error}"
        raise RunNotReadable(message) from None
    return decode(cls, data)


def write_atomically(path: Path, text: str) -> None:
    """Write text so that a reader sees the old file or the new one, never half of one.

    Missing parent folders are made. The text goes to a neighbour first, is flushed to disk and then renamed.

    Args:
        path: The file to write or replace.
        text: Its whole content, written as UTF-8; line ends stay as they are.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbour = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with neighbour.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        neighbour.replace(path)
    finally:
        neighbour.unlink(missing_ok=True)


class _Mismatch(Exception):
    """Data that does not fit; the path is collected from the inside out while the stack unwinds."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self._path: list[str] = []

    def inside(self, step: str) -> _Mismatch:
        """Remember one more step of the path, for example ``.causes`` or ``[3]``."""
        self._path.append(step)
        return self

    def where(self) -> str:
        """Return the path as Python would write it, from the top."""
        return "".join(reversed(self._path))


def _refuse_constant(name: str) -> object:
    message = f"{name} is not JSON; cnndoctor writes it as a string"
    raise ValueError(message)


# --- writing ----------------------------------------------------------------------------------------------------------


def _encode(value: object, digits: int | None) -> object:
    if isinstance(value, float):
        return _encode_float(value, digits)
    if value is None or isinstance(value, (bool, str)):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, tuple):
        return _encode_items(value, digits)
    if isinstance(value, Mapping):
        return _encode_mapping(value, digits)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _encode_fields(value, digits)
    message = f"cannot be written as JSON: {type(value).__module__}.{type(value).__qualname__}"
    raise _Mismatch(message)


def _encode_float(value: float, digits: int | None) -> float | str:
    if math.isfinite(value):
        return float(value) if digits is None else float(f"{value:.{digits}g}")
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _encode_items(items: tuple[object, ...], digits: int | None) -> list[object]:
    encoded: list[object] = []
    try:
        for item in items:
            encoded.append(_encode(item, digits))
    except _Mismatch as wrong:
        raise wrong.inside(f"[{len(encoded)}]") from None
    return encoded


def _encode_mapping(mapping: Mapping[object, object], digits: int | None) -> dict[str, object]:
    encoded: dict[str, object] = {}
    for key, item in mapping.items():
        if not isinstance(key, str):
            message = f"keys must be text, found {key!r}"
            raise _Mismatch(message)
        try:
            encoded[str(key)] = _encode(item, digits)
        except _Mismatch as wrong:
            raise wrong.inside(f"[{str(key)!r}]") from None
    return encoded


def _encode_fields(record: object, digits: int | None) -> dict[str, object]:
    encoded: dict[str, object] = {}
    cls: object = type(record)
    for name in _field_names(cls):
        try:
            encoded[name] = _encode(getattr(record, name), digits)
        except _Mismatch as wrong:
            raise wrong.inside(f".{name}") from None
    return encoded


@cache
def _field_names(cls: object) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cast("type", cls)))


# --- reading: one decoder per type, built once ------------------------------------------------------------------------


@cache
def _decoder(hint: object) -> _Decoder:
    """Build the decoder of one type hint, and of all hints inside it."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _union_decoder(hint)
    if origin is Literal:
        return _choice_decoder({choice: choice for choice in get_args(hint)})
    if origin is tuple:
        return _tuple_decoder(hint)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping_decoder(hint)
    if origin is not None and issubclass(origin, Sequence):
        return _items_decoder(get_args(hint)[0])
    if isinstance(hint, type):
        return _class_decoder(hint)
    message = f"a record field cannot have the type {hint}"
    raise TypeError(message)


def _class_decoder(cls: type) -> _Decoder:
    if cls is float:
        return _decode_float
    if cls in _SCALARS:
        return _scalar_decoder(cls)
    if issubclass(cls, StrEnum):
        return _choice_decoder({member.value: member for member in cls})
    if dataclasses.is_dataclass(cls):
        return _record_decoder(cls)
    message = f"a record field cannot have the type {cls.__qualname__}"
    raise TypeError(message)


def _decode_float(data: object) -> float:
    if type(data) is float:
        return data
    if type(data) is int:
        return _whole_as_float(data)
    if type(data) is str and data in _NON_FINITE:
        return _NON_FINITE[data]
    raise _expected("a number", data)


def _whole_as_float(data: int) -> float:
    try:
        return float(data)
    except OverflowError:
        raise _expected("a number that fits a float", data) from None


def _scalar_decoder(cls: type) -> _Decoder:
    names = {bool: "true or false", int: "a whole number", str: "text", types.NoneType: "null"}

    # The exact type is asked for: in Python, but not here, True is an int.
    def decode_scalar(data: object) -> object:
        if type(data) is cls:
            return data
        raise _expected(names[cls], data)

    return decode_scalar


def _choice_decoder(choices: Mapping[object, object]) -> _Decoder:
    def decode_choice(data: object) -> object:
        if isinstance(data, (str, int)) and data in choices:
            return choices[data]
        raise _expected("one of " + ", ".join(repr(choice) for choice in choices), data)

    return decode_choice


def _tuple_decoder(hint: object) -> _Decoder:
    members = get_args(hint)
    if len(members) == 2 and members[1] is Ellipsis:
        return _items_decoder(members[0])
    decoders = tuple(_decoder(member) for member in members)

    def decode_tuple(data: object) -> object:
        if not isinstance(data, list) or len(data) != len(decoders):
            raise _expected(f"a list of {len(decoders)}", data)
        return tuple(
            _at(f"[{index}]", decoder, item)
            for index, (decoder, item) in enumerate(zip(decoders, data, strict=True))
        )

    return decode_tuple


def _items_decoder(member: object) -> _Decoder:
    decoder = _decoder(member)

    # Long series of numbers pass through here, hence one `try` around the loop and not one per item.
    def decode_items(data: object) -> object:
        if not isinstance(data, list):
            raise _expected("a list", data)
        items: list[object] = []
        try:
            for item in data:
                items.append(decoder(item))
        except _Mismatch as wrong:
            raise wrong.inside(f"[{len(items)}]") from None
        return tuple(items)

    return decode_items


def _mapping_decoder(hint: object) -> _Decoder:
    key, member = get_args(hint)
    if key is not str:
        message = f"the keys of a record's mapping must be str: {hint}"
        raise TypeError(message)
    decoder = _decoder(member)

    def decode_mapping(data: object) -> object:
        if not isinstance(data, dict):
            raise _expected("an object", data)
        return {name: _at(f"[{name!r}]", decoder, item) for name, item in data.items()}

    return decode_mapping


def _union_decoder(hint: object) -> _Decoder:
    members = get_args(hint)
    scalars = frozenset(member for member in members if member in _SCALARS)
    others = tuple(_decoder(member) for member in members if member not in _SCALARS)
    names = " or ".join(getattr(member, "__name__", str(member)) for member in members)

    def decode_union(data: object) -> object:
        if float in scalars and type(data) is str and data in _NON_FINITE:
            return _NON_FINITE[data]
        if type(data) in scalars:
            return data
        if float in scalars and type(data) is int:
            return _whole_as_float(data)
        for decoder in others:
            try:
                return decoder(data)
            except _Mismatch:
                # With a single candidate, its own complaint says more than "expected A or B".
                if len(others) == 1 and isinstance(data, (dict, list)):
                    raise
        raise _expected(names, data)

    return decode_union


def _record_decoder(cls: type) -> _Decoder:
    hints = get_type_hints(cls)
    fields = dataclasses.fields(cls)
    required = tuple(
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    )
    # Built on first use, so that a record may contain itself.
    decoders: dict[str, _Decoder] = {}

    def decode_record(data: object) -> object:
        if not isinstance(data, dict):
            raise _expected(f"an object ({cls.__name__})", data)
        if not decoders:
            decoders.update({field.name: _decoder(hints[field.name]) for field in fields})
        unknown = data.keys() - decoders.keys()
        if unknown:
            message = f"unknown field {min(unknown)!r}; it was written by another version of cnndoctor"
            raise _Mismatch(message)
        for name in required:
            if name not in data:
                message = f"the field {name!r} is missing"
                raise _Mismatch(message)
        return cls(**{name: _at(f".{name}", decoders[name], item) for name, item in data.items()})

    return decode_record


def _at(step: str, decoder: _Decoder, data: object) -> object:
    try:
        return decoder(data)
    except _Mismatch as wrong:
        raise wrong.inside(step) from None


def _expected(what: str, data: object) -> _Mismatch:
    kinds = {dict: "an object", list: "a list", types.NoneType: "null"}
    if isinstance(data, list):
        found = f"a list of {len(data)}"
    else:
        found = kinds.get(type(data)) or json.dumps(data)[:60]
    return _Mismatch(f"expected {what}, found {found}")
