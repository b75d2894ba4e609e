"""Numbers as people read them: four significant digits, and durations in one unit that fits."""

from __future__ import annotations

import math

from cnndoctor.finding import Value


def number(value: Value) -> str:
    """Write a measured value with at most four significant digits.

    Args:
        value: A number, a word, a truth value or nothing.

    Returns:
        For example ``0.03``, ``1e-05``, ``12,400``, ``yes``; text stays as it is.
    """
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**15 else f"{value:.3e}"
    if isinstance(value, float):
        return _real(value)
    return value


def _real(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("∞" if value > 0 else "-∞")
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value):,}"
    return f"{value:.4g}"


def yaml_value(value: Value) -> str:
    """Write a value as it stands in a YAML file, exactly.

    Args:
        value: The proposed setting.

    Returns:
        For example ``0.03``, ``true``, ``null``; text is quoted where YAML would read it as something else.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    plain = value[:1].isalpha() and all(letter.isalnum() or letter in "_.-/" for letter in value)
    reserved = value.lower() in {"true", "false", "null", "yes", "no", "on", "off", "nan", "inf"}
    return value if plain and not reserved else "'" + value.replace("'", "''") + "'"


def duration(seconds: float) -> str:
    """Write a duration in the unit that fits.

    Args:
        seconds: Wall time.

    Returns:
        For example ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``.
    """
    if not math.isfinite(seconds):
        return "unknown time"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def percent(share: float) -> str:
    """Write a share in [0, 1] as whole percent.

    Args:
        share: For example a confidence.

    Returns:
        For example ``97%``.
    """
    return f"{share:.0%}"
