"""Says in plain words, at the right line, what pydantic found wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from cnndoctor.config.document import Document
from cnndoctor.config.model import Fields
from cnndoctor.config.near import did_you_mean, near_name
from cnndoctor.config.node import shown
from cnndoctor.errors import Problem

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_EXPECTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "dict_type": "a mapping (key: value)",
    "mapping_type": "a mapping (key: value)",
    "tuple_type": "a list",
    "list_type": "a list",
}
_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("above", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("below", "lt"),
}
_PATTERNS = {
    "device": "one of auto, cpu, cuda, cuda:1 (any number) or mps",
    "name": "text without slashes, since it names a folder",
}
_LOADER_ARGUMENTS = (
    "batch_size",
    "num_workers",
    "shuffle",
    "drop_last",
    "pin_memory",
    "sampler",
    "collate_fn",
)
_EXAMPLES = {
    "model": "model: {_target_: models.Net, num_classes: 10}",
    "data": "data: {train: {_target_: datasets.train}, loader: {batch_size: 64}}",
    "optimizer": "optimizer: {_target_: torch.optim.SGD, lr: 0.01}",
    "train": "train: {epochs: 10}",
    "patience": "patience: 5",
}


def complaints(error: ValidationError, document: Document) -> tuple[Problem, ...]:
    """Return one problem for each thing pydantic refused; a misspelt key is not said to be missing as well."""
    details = error.errors(include_url=False)
    meant = {_meant(detail) for detail in details if detail["type"] == "extra_forbidden"}
    wanted = [detail for detail in details if detail["type"] != "missing" or detail["loc"] not in meant]
    return tuple(_problem(detail, document) for detail in wanted)


def section_at(path: Iterable[str]) -> type[BaseModel] | None:
    """Return the model of the section at a path, ``()`` for the whole file; None where the path is no section."""
    section: type[BaseModel] | None = Fields
    for name in path:
        field = section.model_fields.get(name) if section else None
        section = _section_in(field.annotation) if field else None
    return section


def known_keys(section: type[BaseModel]) -> tuple[str, ...]:
    """Return the keys a section knows, as they are written in the file."""
    return tuple(section.model_fields)


def _section_in(annotation: object) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def _problem(detail: ErrorDetails, document: Document) -> Problem:
    path = [str(part) for part in detail["loc"] if part != "[key]"]
    if path[:2] == ["scheduler", "node"]:
        path = ["scheduler"]
    if path == ["train", "accumulate", "steps"] and "train.accumulate.steps" not in document.lines:
        path.pop()  # the short form, `accumulate: 4`
    key = ".".join(path)
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        return document.problem(key, *_unknown_key(path))
    if kind == "missing":
        return document.problem(key, *_missing(path))
    message, hint = _wrong_value(kind, key, value, detail.get("ctx", {}), detail["msg"])
    return document.problem(key, message, hint)


def _unknown_key(path: list[str]) -> tuple[str, str]:
    name, parents = path[-1], path[:-1]
    where = f" in '{'.'.join(parents)}'" if parents else ""
    section = section_at(parents)
    known = known_keys(section) if section else ()
    message = f"unknown key '{name}'{where}"
    near = did_you_mean(name, known)
    if near:
        return message + near, ""
    if not known:
        return f"{message}.", "This section has no keys; remove it."
    elsewhere = _home_of(name)
    if elsewhere:
        return f"{message}.", f"It belongs {elsewhere}."
    return f"{message}.", f"Known keys: {', '.join(known)}."


def _meant(detail: ErrorDetails) -> tuple[int | str, ...]:
    """Return the path of the key that an unknown key probably stands for."""
    *parents, name = detail["loc"]
    section = section_at(str(parent) for parent in parents)
    return (*parents, near_name(str(name), known_keys(section) if section else ()))


def _home_of(name: str) -> str:
    """Return where a misplaced key belongs, in words; empty when no place or several know it."""
    if name in Fields.model_fields:
        return "at the top of the file"
    if name in _LOADER_ARGUMENTS:
        return "in 'data.loader'"
    for sections in (("data", "train", "intent"), ("train.early_stopping", "scheduler")):
        owners = [path for path in sections if name in _fields_at(path)]
        if owners:
            return f"in '{owners[0]}'"
    return ""


def _fields_at(path: str) -> tuple[str, ...]:
    section = section_at(path.split("."))
    return known_keys(section) if section else ()


def _missing(path: list[str]) -> tuple[str, str]:
    name, parents = path[-1], path[:-1]
    where = f" in '{'.'.join(parents)}'" if parents else ""
    example = _EXAMPLES.get(name, "")
    return f"'{name}' is missing{where}.", f"Add for example {example}." if example else ""


def _wrong_value(kind: str, key: str, value: object, ctx: Mapping[str, Any], said: str) -> tuple[str, str]:
    last = key.rpartition(".")[2]
    if kind in _EXPECTED:
        return f"'{key}' must be {_EXPECTED[kind]}, not {shown(value)}.", _type_hint(kind, value)
    if kind in _LIMITS:
        words, limit = _LIMITS[kind]
        return f"'{key}' must be {words} {ctx.get(limit):g}, not {shown(value)}.", ""
    if kind == "literal_error":
        choices = str(ctx.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        near = near_name(value, choices) if isinstance(value, str) else ""
        hint = f"Did you mean '{near}'?" if near else ""
        return f"'{key}' must be one of {', '.join(choices)}, not {shown(value)}.", hint
    if key.startswith("ignore."):
        return f"'{key}' needs a reason; the report shows it.", "Write why this check does not matter here."
    if kind == "string_too_short":
        return f"'{key}' must not be empty.", ""
    if kind == "string_pattern_mismatch" and last in _PATTERNS:
        return f"'{key}' must be {_PATTERNS[last]}, not {shown(value)}.", ""
    if kind == "invalid_key":
        return f"keys are text; '{key}' is none.", "Write it in quotes."
    return f"'{key}' {said}.", ""


def _type_hint(kind: str, value: object) -> str:
    if kind == "bool_type" and isinstance(value, str) and value.lower() in ("yes", "no", "on", "off"):
        return "YAML 1.2 reads yes, no, on and off as text."
    if kind in ("int_type", "float_type") and isinstance(value, str) and _is_number(value):
        return "Remove the quotes."
    if kind in ("int_type", "float_type") and isinstance(value, str) and _is_number(value.replace("_", "")):
        return "Write it without underscores."
    if kind == "string_type" and isinstance(value, int | float):
        return "Write it in quotes."
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
