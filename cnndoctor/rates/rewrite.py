"""Changes one value in the text of an experiment file and nothing else: comments, order and spacing stay."""

from __future__ import annotations

import re

_ANCHOR_OR_TAG = re.compile(r"(?:[&!]\S+\s+)*")


def with_value(text: str, span: tuple[int, int], value: str) -> str:
    """Return the text with one scalar replaced.

    Args:
        text: The whole file.
        span: Character offsets of the scalar, as ``Config.spans`` has them; an anchor or tag before it stays.
        value: The new value, written as YAML.

    Raises:
        ValueError: When the span holds a mapping, a list, text over several lines, or nothing.
    """
    start, end = span
    old = text[start:end]
    kept = _ANCHOR_OR_TAG.match(old)
    start += kept.end() if kept else 0
    if not text[start:end].strip() or old[:1] in "{[|>" or "\n" in old.rstrip("\n"):
        raise ValueError(f"there is no single value at characters {span[0]} to {span[1]} to replace.")
    trailing = len(old) - len(old.rstrip())
    return text[:start] + value + text[end - trailing :]
