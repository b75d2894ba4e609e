"""What the words of a command line's options must be: formats of files to write, names of stages, names of checks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnndoctor.catalogue import all_checks, by_id
from cnndoctor.errors import UsageError
from cnndoctor.reporters import FORMATS

STAGE_NAMES = ("setup", "data", "first-batch", "overfit", "lr-range", "gradient", "train")


def report_files(wanted: Sequence[str], *, several: bool) -> tuple[tuple[str, str], ...]:
    """Return the (format, path) pairs that ``--report FORMAT=PATH`` options name.

    Args:
        wanted: The options as typed.
        several: Whether more than one experiment is examined; a page then needs ``{name}`` in its path.

    Raises:
        UsageError: An option is of another form, or its format is unknown.
    """
    files = []
    for option in wanted:
        name, _, path = option.partition("=")
        if name not in FORMATS or not path:
            message = f"--report {option}: write FORMAT=PATH with a format of {', '.join(FORMATS)}."
            raise UsageError(message)
        if several and name == "html" and "{name}" not in path:
            message = f"--report {option}: a page shows one experiment; write for example html={{name}}.html."
            raise UsageError(message)
        files.append((name, path))
    return tuple(files)


def share(text: str, *, option: str) -> float:
    """Return a share that is written as a percentage (``3%``) or as a number (``0.03``).

    Args:
        text: As typed.
        option: Whose value it is, for the message.

    Raises:
        UsageError: It is neither, or not between nothing and everything.
    """
    number, percent, rest = text.strip().partition("%")
    try:
        value = float(number) / (100 if percent else 1)
    except ValueError:
        value = math.nan
    if rest or not 0 < value <= 1:
        message = f"{option} {text}: write a share of more than 0 and at most 100%, for example 3% or 0.03."
        raise UsageError(message)
    return value


def refuse_unknown_stages(names: Sequence[str]) -> None:
    """Raise when a name is no stage's.

    Raises:
        UsageError: With the names there are.
    """
    for name in names:
        if name not in STAGE_NAMES:
            message = f"no stage is called '{name}'; stages are {', '.join(STAGE_NAMES)}."
            raise UsageError(message)


def refuse_unknown_checks(names: Sequence[str]) -> None:
    """Raise when a name is neither a check's nor a family's.

    Raises:
        UsageError: With the nearest name there is.
    """
    if not names:
        return
    families = {check.family for check in all_checks()}
    families |= {family.replace("_", "-") for family in families}
    for name in names:
        if name not in families:
            by_id(name)
