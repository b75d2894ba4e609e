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

from cnndoctor.codec.decoding import decode, loads
from cnndoctor.codec.encoding import dumps, encode
from cnndoctor.codec.files import write_atomically

__all__ = ["decode", "dumps", "encode", "loads", "write_atomically"]
