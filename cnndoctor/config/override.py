"""Applies ``--set key=value`` to a document before it is checked."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

from cnndoctor.config.complaint import section_at
from cnndoctor.config.document import Document, read_value
from cnndoctor.config.near import did_you_mean
from cnndoctor.errors import Problem

# Sections whose keys are names of checks or of the user's own.
_FREE = (["thresholds"], ["ignore"], ["metrics"])


class _UnfitSettingError(Exception):
    """A setting that cannot be applied; the message says why."""


def override(document: Document, settings: Sequence[str]) -> tuple[Document, tuple[Problem, ...]]:
    """Return the document with every setting applied, and the settings that could not be."""
    tree = deepcopy(document.tree)
    applied: dict[str, str] = {}
    problems: list[Problem] = []
    for setting in settings:
        try:
            applied[_apply(tree, setting)] = setting
        except _UnfitSettingError as error:
            problems.append(Problem(message=str(error), file=f"--set {setting}"))
    return replace(document, tree=tree, overridden=applied), tuple(problems)


def _apply(tree: dict[object, object], setting: str) -> str:
    """Set one value in the tree and return its dotted path.

    Raises:
        _UnfitSettingError: When the setting is no ``key=value`` or its parent does not exist.
    """
    key, equals, text = setting.partition("=")
    key = key.strip()
    if not equals or not all(key.split(".")):
        raise _UnfitSettingError("--set takes key=value, for example --set optimizer.lr=0.01.")
    try:
        value = read_value(text)
    except ValueError as error:
        raise _UnfitSettingError(f"the value is no YAML: {error}") from error
    *parents, last = key.split(".")
    place: object = tree
    for depth, name in enumerate(parents):
        place = _step_into(place, name, parents[:depth])
    _put(place, last, value, ".".join(parents))
    return key


def _step_into(place: object, name: str, above: list[str]) -> object:
    if isinstance(place, list):
        return place[_index(place, name, ".".join(above))]
    if not isinstance(place, dict):
        raise _UnfitSettingError(f"'{'.'.join(above)}' holds a single value and no '{name}'.")
    place = _arguments_of(place, name)
    section = section_at([*above, name]) is not None or [*above, name] in _FREE or above == ["thresholds"]
    if place.get(name) is None and section:
        place[name] = {}  # a section the file leaves out, with all its defaults
    if name not in place:
        where = f"'{'.'.join(above)}'" if above else "the file"
        near = did_you_mean(name, [str(known) for known in place])
        raise _UnfitSettingError(f"there is no '{name}' in {where}{near or '.'}")
    return place[name]


def _put(place: object, name: str, value: object, parent: str) -> None:
    if isinstance(place, list):
        place[_index(place, name, parent)] = value
    elif isinstance(place, dict):
        _arguments_of(place, name)[name] = value
    else:
        raise _UnfitSettingError(f"'{parent}' holds a single value and no '{name}'.")


def _arguments_of(place: dict[object, object], name: str) -> dict[object, object]:
    """Return the mapping that holds an argument: in a ``class_path`` node that is ``init_args``."""
    if "class_path" not in place or name in place or name in ("init_args", "interval", "monitor"):
        return place
    if name.startswith("_"):
        return place
    inner = place.setdefault("init_args", {})
    return inner if isinstance(inner, dict) else place


def _index(place: list[object], name: str, parent: str) -> int:
    if not name.isdecimal() or int(name) >= len(place):
        raise _UnfitSettingError(f"the list '{parent}' has positions below {len(place)} and no '{name}'.")
    return int(name)
