"""Plain JSON data → frozen dataclass: one decoder per type, built once."""

from __future__ import annotations

import dataclasses
import json
import math
import types
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from cnndoctor.codec.mismatch import Mismatch
from cnndoctor.errors import RunNotReadable

T = TypeVar("T")
_Decoder = Callable[[object], object]

NON_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_SCALARS = (bool, int, float, str, types.NoneType)


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
    except Mismatch as wrong:
        message = f"{cls.__name__}{wrong.where()}: {wrong.message}"
        raise RunNotReadable(message) from None


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


def _refuse_constant(name: str) -> object:
    message = f"{name} is not JSON; cnndoctor writes it as a string"
    raise ValueError(message)


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
    if type(data) is str and data in NON_FINITE:
        return NON_FINITE[data]
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
        except Mismatch as wrong:
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
        if float in scalars and type(data) is str and data in NON_FINITE:
            return NON_FINITE[data]
        if type(data) in scalars:
            return data
        if float in scalars and type(data) is int:
            return _whole_as_float(data)
        for decoder in others:
            try:
                return decoder(data)
            except Mismatch:
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
            raise Mismatch(message)
        for name in required:
            if name not in data:
                message = f"the field {name!r} is missing"
                raise Mismatch(message)
        return cls(**{name: _at(f".{name}", decoders[name], item) for name, item in data.items()})

    return decode_record


def _at(step: str, decoder: _Decoder, data: object) -> object:
    try:
        return decoder(data)
    except Mismatch as wrong:
        raise wrong.inside(step) from None


def _expected(what: str, data: object) -> Mismatch:
    kinds = {dict: "an object", list: "a list", types.NoneType: "null"}
    if isinstance(data, list):
        found = f"a list of {len(data)}"
    else:
        found = kinds.get(type(data)) or json.dumps(data)[:60]
    return Mismatch(f"expected {what}, found {found}")
