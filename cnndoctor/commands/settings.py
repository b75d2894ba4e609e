"""``[tool.cnndoctor]`` in the user's pyproject.toml: what a repository says once; the command line wins over it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnndoctor.errors import ConfigError, Problem

FAIL_ON = ("never", "note", "warning", "error")
PROFILES = ("smoke", "standard", "thorough")
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One key of the table.

    Attributes:
        parameter: The parameter of the commands it stands for.
        commands: The commands that have it.
        expected: What a value must be, in words.
        fits: Whether a value is that.
        is_path: Whether it is a path, which counts from the file's folder.
    """

    parameter: str
    commands: tuple[str, ...]
    expected: str
    fits: Callable[[object], bool]
    is_path: bool = False


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


_NAMES = "a list of checks or families"
SETTINGS: Mapping[str, Setting] = {
    "select": Setting(parameter="select", commands=("diagnose", "recheck"), expected=_NAMES, fits=_are_texts),
    "ignore": Setting(parameter="ignore", commands=("diagnose", "recheck"), expected=_NAMES, fits=_are_texts),
    "fail-on": Setting(
        parameter="fail_on",
        commands=("diagnose", "recheck"),
        expected=f"one of {', '.join(FAIL_ON)}",
        fits=lambda value: value in FAIL_ON,
    ),
    "out": Setting(
        parameter="out",
        commands=("diagnose", "lr-find", "history"),
        expected="the path of a folder",
        fits=_is_text,
        is_path=True,
    ),
    "device": Setting(
        parameter="device",
        commands=("diagnose", "lr-find"),
        expected="one of auto, cpu, cuda, cuda:1 (any number) or mps",
        fits=lambda value: isinstance(value, str) and bool(_DEVICE.fullmatch(value)),
    ),
    "profile": Setting(
        parameter="profile",
        commands=("diagnose", "lr-find"),
        expected=f"one of {', '.join(PROFILES)}",
        fits=lambda value: value in PROFILES,
    ),
    "baseline": Setting(
        parameter="baseline",
        commands=("diagnose",),
        expected="the path of a file",
        fits=_is_text,
        is_path=True,
    ),
    "cache": Setting(
        parameter="cache",
        commands=("diagnose",),
        expected="'on', 'off' or the path of a folder",
        fits=_is_text,
        is_path=True,
    ),
    "jobs": Setting(
        parameter="jobs", commands=("diagnose",), expected="a whole number of at least 1", fits=_is_count
    ),
}
_WORDS = {"on", "off"}  # of `cache`: no paths


def settings_for(folder: Path) -> dict[str, dict[str, object]]:
    """Return the defaults that the nearest ``[tool.cnndoctor]`` at or above a folder gives, by command and parameter.

    Args:
        folder: Where the search begins: the working directory.

    Raises:
        ConfigError: With everything that is wrong with the table.
    """
    path = _nearest(folder)
    return _read(path, folder) if path else {}


def _nearest(folder: Path) -> Path | None:
    for place in (folder, *folder.parents):
        path = place / "pyproject.toml"
        if path.is_file() and "tool.cnndoctor" in path.read_text(encoding="utf-8", errors="replace"):
            return path
    return None


def _read(path: Path, folder: Path) -> dict[str, dict[str, object]]:
    import tomllib

    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        table = tomllib.loads(text).get("tool", {}).get("cnndoctor", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((Problem(message=f"this is no TOML: {error}.", file=str(path)),)) from None
    if not isinstance(table, dict):
        raise ConfigError((Problem(message="'tool.cnndoctor' must be a table.", file=str(path)),))
    problems = tuple(
        _problem(path, text, key, value) for key, value in table.items() if not _is_right(key, value)
    )
    if problems:
        raise ConfigError(problems)
    defaults: dict[str, dict[str, object]] = {}
    for key, value in table.items():
        setting = SETTINGS[key]
        meant = (
            str(path.parent / value)
            if setting.is_path and value not in _WORDS and path.parent != folder
            else value
        )
        for command in setting.commands:
            defaults.setdefault(command, {})[setting.parameter] = meant
    return defaults


def _is_right(key: str, value: object) -> bool:
    return key in SETTINGS and SETTINGS[key].fits(value)


def _problem(path: Path, text: str, key: str, value: object) -> Problem:
    start = text.find("[tool.cnndoctor]") + 1
    place = re.compile(rf"^[ \t]*(['\"]?){re.escape(key)}\1\s*=", re.MULTILINE).search(text, start)
    line = text.count("\n", 0, place.end()) + 1 if place else 0
    if key in SETTINGS:
        message, hint = f"'{key}' must be {SETTINGS[key].expected}, not {value!r}.", ""
    else:
        from cnndoctor.config.near import did_you_mean

        near = did_you_mean(key, SETTINGS)
        message = f"unknown key '{key}' in [tool.cnndoctor]{near or '.'}"
        hint = "" if near else f"Known keys: {', '.join(SETTINGS)}."
    return Problem(message=message, hint=hint, file=str(path), line=line, key=f"tool.cnndoctor.{key}")
