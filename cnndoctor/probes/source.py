"""Finds the line of the user's code that made a layer."""

from __future__ import annotations

import ast
import inspect
from functools import lru_cache
from pathlib import Path
from typing import Literal

import torch
from torch import nn

from cnndoctor.user_code import is_users

ClassSource = tuple[str, int, dict[str, int]]
_TORCH = str(Path(torch.__file__).parent)
_OURS = str(Path(__file__).resolve().parents[1])
_READ: dict[type[nn.Module], ClassSource] = {}


@lru_cache(maxsize=4096)
def owner_of(file: str) -> Literal["user", "torch", "other"]:
    """Return whose a source file is; torch counts with the standard library that it calls through.

    Args:
        file: As a code object names it.
    """
    if file.startswith(_TORCH):
        return "torch"
    if not file or file.startswith(_OURS):
        return "other"
    if is_users(file):
        return "user"
    return "other" if any(part in file for part in ("site-packages", "dist-packages")) else "torch"


def is_ours(file: str) -> bool:
    """Return whether a source file is cnndoctor's: what our own hooks compute is no part of the user's forward."""
    return file.startswith(_OURS)


def source_of(model: nn.Module, path: str) -> tuple[str, int]:
    """Return file and 1-based line where the user's code makes a layer.

    That is the line that assigns the attribute in the nearest user class around the layer; the class's own line where
    no such assignment stands (or for the model itself).

    Args:
        model: The model.
        path: Dotted path of the layer.

    Returns:
        ("", 0) when no class around the layer is the user's.
    """
    names = path.split(".") if path else []
    modules = [model]
    for name in names:
        child = modules[-1]._modules.get(name)  # noqa: SLF001 - get_submodule refuses some names
        if child is None:
            return "", 0
        modules.append(child)
    for depth in range(len(names) - 1, -1, -1):
        file, line, assigned = _class_source(type(modules[depth]))
        if file and names[depth] in assigned:
            return file, assigned[names[depth]]
        if file and _class_source(type(modules[-1]))[0]:
            break
        if file:
            return file, line
    file, line, _ = _class_source(type(modules[-1]))
    return file, line


def attribute_line(kind: type[nn.Module], name: str) -> tuple[str, int] | None:
    """Return file and line where a user's class assigns ``self.<name>``; None when it does not or is not the user's."""
    file, _, assigned = _class_source(kind)
    return (file, assigned[name]) if name in assigned else None


def _class_source(kind: type[nn.Module]) -> ClassSource:
    """Return file and line of a user's class and the line of each ``self.<name> =`` in it; empty for other classes."""
    if kind not in _READ:
        _READ[kind] = _read_class(kind)
    return _READ[kind]


def _read_class(kind: type[nn.Module]) -> ClassSource:
    try:
        file = inspect.getsourcefile(kind) or ""
        if owner_of(file) != "user":
            return "", 0, {}
        _, line = inspect.getsourcelines(kind)
        tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    except (OSError, TypeError, SyntaxError, ValueError):
        return "", 0, {}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == kind.__name__]
    body = min(found, key=lambda node: abs(node.lineno - line), default=None)
    return file, line, _assignments(body) if body is not None else {}


def _assignments(body: ast.ClassDef) -> dict[str, int]:
    lines: dict[str, int] = {}
    for node in ast.walk(body):
        targets = (
            node.targets
            if isinstance(node, ast.Assign)
            else [node.target]
            if isinstance(node, ast.AnnAssign)
            else []
        )
        for target in targets:
            if (
                isinstance(target, ast.Attribute)
                and isinstance(target.value, ast.Name)
                and target.value.id == "self"
            ):
                lines.setdefault(target.attr, node.lineno)  # type: ignore[attr-defined] # both kinds have a line
    return lines
