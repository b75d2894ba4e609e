"""Frozen dataclass → plain JSON data."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import cast

from cnndoctor.codec.mismatch import Mismatch


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
    except Mismatch as wrong:
        message = f"{type(record).__name__}{wrong.where()}: {wrong.message}"
        raise TypeError(message) from None


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
    raise Mismatch(message)


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
    except Mismatch as wrong:
        raise wrong.inside(f"[{len(encoded)}]") from None
    return encoded


def _encode_mapping(mapping: Mapping[object, object], digits: int | None) -> dict[str, object]:
    encoded: dict[str, object] = {}
    for key, item in mapping.items():
        if not isinstance(key, str):
            message = f"keys must be text, found {key!r}"
            raise Mismatch(message)
        try:
            encoded[str(key)] = _encode(item, digits)
        except Mismatch as wrong:
            raise wrong.inside(f"[{str(key)!r}]") from None
    return encoded


def _encode_fields(record: object, digits: int | None) -> dict[str, object]:
    encoded: dict[str, object] = {}
    cls: object = type(record)
    for name in _field_names(cls):
        try:
            encoded[name] = _encode(getattr(record, name), digits)
        except Mismatch as wrong:
            raise wrong.inside(f".{name}") from None
    return encoded


@cache
def _field_names(cls: object) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cast("type", cls)))
