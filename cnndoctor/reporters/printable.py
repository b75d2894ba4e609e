"""User text made safe to print: no control characters, no direction tricks, nothing XML forbids."""

from __future__ import annotations

import re

# C0 and C1 controls except tab and newline (a terminal would obey them), lone surrogates and non-characters (no valid
# XML or UTF-8), and the bidirectional overrides that make text read other than it is stored.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str) -> str:
    r"""Show characters that would not print as themselves by their code, for example ``\\x1b``.

    Args:
        text: Text from a config, a traceback or a data set.

    Returns:
        The same text, safe for a terminal, XML and UTF-8; line ends become ``\\n``.
    """
    return _UNPRINTABLE.sub(_code, text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Fold text into one printable line; runs of white space become one space.

    Args:
        text: Any text.

    Returns:
        One line.
    """
    return " ".join(printable(text).split())


def _code(match: re.Match[str]) -> str:
    point = ord(match.group())
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"
