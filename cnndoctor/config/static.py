"""Looks whether targets exist without running the user's code: modules by their files, names by the syntax tree."""

from __future__ import annotations

import ast
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnndoctor.config.document import Document
from cnndoctor.config.near import did_you_mean
from cnndoctor.config.node import Node
from cnndoctor.config.rules import target_key
from cnndoctor.config.target import (
    Target,
    TargetSyntaxError,
    file_of,
    local_module,
    parse_target,
    target_refusal,
)
from cnndoctor.errors import Problem

_INSTALLABLE = (
    "torch",
    "torchvision",
    "torchaudio",
    "torchmetrics",
    "timm",
    "numpy",
    "transformers",
    "datasets",
)


def target_problems(nodes: Sequence[Node], document: Document, folder: Path) -> tuple[Problem, ...]:
    """Return the targets that cannot be found; malformed and refused ones are left to the rules."""
    return tuple(problem for node in nodes for problem in _look_up(node, document, folder))


def _look_up(node: Node, document: Document, folder: Path) -> Iterator[Problem]:
    try:
        target = parse_target(node.target)
    except TargetSyntaxError:
        return
    if target_refusal(target):
        return
    said = _missing_in_file(target, folder) if target.file else _missing_module(target, folder)
    if said:
        yield document.problem(target_key(node, document), *said)


def _missing_in_file(target: Target, folder: Path) -> tuple[str, str] | None:
    path = file_of(target, folder)
    if path is None:
        near = did_you_mean(Path(target.file).name, _python_files(folder / Path(target.file).parent))
        message = f"there is no file '{target.file}' in '{folder}' or the working directory{near or '.'}"
        return message, ""
    return _missing_name(path, target.file, target.names[0])


def _missing_module(target: Target, folder: Path) -> tuple[str, str] | None:
    first = target.modules[0]
    for place in (folder, Path.cwd()):
        path = local_module(first, place)
        if path is not None:
            return _missing_locally(path, target)
    if _is_findable(first, folder):
        return None
    local = [Path(name).stem for name in _python_files(folder)]
    message = f"there is no module '{first}' for '{target.text}'"
    if first in _INSTALLABLE:
        return f"{message}.", f"Install it with `pip install {first}`."
    near = did_you_mean(first, (*local, *_INSTALLABLE, "cnndoctor"))
    message += near or "."
    hint = "" if near else f"Modules are found from '{folder}', the working directory and what is installed."
    return message, hint


def _missing_locally(path: Path, target: Target) -> tuple[str, str] | None:
    """Follow a target through a package of the user's to the file that should define its name."""
    parts = [*target.modules, *target.names]
    walked = [parts.pop(0)]
    while path.name == "__init__.py" and parts:
        inner = local_module(parts[0], path.parent)
        if inner is None:
            if (path.parent / parts[0]).is_dir():
                return None  # a namespace package; only an import can tell
            break
        path = inner
        walked.append(parts.pop(0))
    if not parts:
        return f"'{target.text}' is a module and no callable.", "Add the name of a class or function in it."
    inside = _modules_in(path.parent) if path.name == "__init__.py" else []
    return _missing_name(path, ".".join(walked), parts[0], inside)


def _missing_name(path: Path, shown: str, name: str, inside: Sequence[str] = ()) -> tuple[str, str] | None:
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError as error:
        return f"'{path.name}' is no valid Python: {error.msg} in line {error.lineno}.", ""
    except (OSError, ValueError) as error:
        return f"'{path}' cannot be read: {error}.", ""
    names = {*_names(tree.body), *inside}
    if name in names or "*" in names or "__getattr__" in names:
        return None
    public = sorted(known for known in names if not known.startswith("_"))
    near = did_you_mean(name, public)
    listed = f"It has: {', '.join(public[:12])}." if public and not near else ""
    return f"'{shown}' has no '{name}'{near or '.'}", listed


def _names(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Yield the names that statements of a module bind, also under ``if`` and ``try``."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield statement.name
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.Global):
            yield from statement.names
        else:
            yield from (
                inner.id
                for inner in _expressions(statement)
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
            )
            yield from _names(
                [inner for inner in ast.iter_child_nodes(statement) if isinstance(inner, ast.stmt)]
            )
            for handler in getattr(statement, "handlers", []):
                yield from _names(handler.body)


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt | ast.ExceptHandler):
            yield from ast.walk(child)


def _is_findable(name: str, folder: Path) -> bool:
    if name in sys.modules or name in sys.builtin_module_names:
        return True
    if importlib.machinery.PathFinder.find_spec(name, [str(folder), str(Path.cwd())]) is not None:
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _modules_in(package: Path) -> list[str]:
    folders = [path.parent.name for path in package.glob("*/__init__.py")]
    return [Path(name).stem for name in _python_files(package)] + folders


def _python_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.py")) if folder.is_dir() else []
