"""The files an experiment rests on, found without running any of them: the code it imports, and data named by a path."""

from __future__ import annotations

import ast
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from cnndoctor.config import Config, Node
from cnndoctor.config.target import Target, TargetSyntaxError, file_of, local_module, parse_target

LONGEST_PATH = 255  # characters; a longer text in the user's code is no file name
OURSELVES = "cnndoctor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What an experiment rests on.

    Attributes:
        code: Full paths of the Python files of the user's that it imports, at any distance; installed packages are not in it.
        data: Full paths of files and folders that its arguments, or texts in that code, name.
    """

    code: frozenset[Path]
    data: frozenset[Path]

    def touched_by(self, files: frozenset[Path]) -> tuple[Path, ...]:
        """Return which of these files it rests on, in order; a file below one of its data folders counts."""
        return tuple(
            sorted(
                file
                for file in files
                if file in self.code
                or file in self.data
                or any(parent in self.data for parent in file.parents)
            )
        )


def sources_of(config: Config) -> Sources:
    """Follow an experiment's targets through the user's code by its import statements.

    What only running it would show is not seen: modules imported by a computed name, data found through the environment.

    Args:
        config: The experiment.
    """
    walk = _Walk(roots=(config.folder, Path.cwd()))
    for node in config.nodes:
        try:
            target = parse_target(node.target)
        except TargetSyntaxError:
            continue
        walk.follow(target, config.folder)
    named = {text for node in config.nodes for text in _texts(node)}
    data = {found for text in named for found in _existing(text, (config.folder, Path.cwd()))}
    return Sources(code=frozenset(walk.code), data=frozenset(data | walk.data) - walk.code)


@dataclass(slots=True)
class _Walk:
    """The files seen so far."""

    roots: tuple[Path, ...]
    code: set[Path] = field(default_factory=set)
    data: set[Path] = field(default_factory=set)

    def follow(self, target: Target, folder: Path) -> None:
        if target.file:
            path = file_of(target, folder)
            if path is not None:
                self.read(path)
            return
        self.import_((*target.modules, *target.names), self.roots)

    def read(self, path: Path) -> None:
        """Take in one file, and what it imports."""
        if path in self.code:
            return
        self.code.add(path)
        try:
            tree = ast.parse(path.read_bytes())
        except (OSError, SyntaxError, ValueError):
            return
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    self.import_(tuple(alias.name.split(".")), (path.parent, *self.roots))
            elif isinstance(node, ast.ImportFrom):
                self._import_from(node, path)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.data |= _existing(node.value, (path.parent, *self.roots))

    def import_(self, names: tuple[str, ...], roots: tuple[Path, ...]) -> None:
        """Take in the files of ``a.b.c``, as far as they are the user's."""
        if names[0] == OURSELVES:
            return
        found = next((place for root in roots if (place := local_module(names[0], root))), None)
        found = found or _own_module(names[0])
        if found is not None:
            self._descend(found, names[1:])
            return
        for root in roots:  # a package without an __init__.py
            if (root / names[0]).is_dir():
                self._inside(root / names[0], names[1:])

    def _descend(self, module: Path, rest: tuple[str, ...]) -> None:
        self.read(module)
        if module.name == "__init__.py":
            self._inside(module.parent, rest)

    def _inside(self, folder: Path, rest: tuple[str, ...]) -> None:
        if not rest:
            return
        inner = local_module(rest[0], folder)
        if inner is not None:
            self._descend(inner, rest[1:])
        elif (folder / rest[0]).is_dir():
            self._inside(folder / rest[0], rest[1:])

    def _import_from(self, node: ast.ImportFrom, path: Path) -> None:
        module = tuple(node.module.split(".")) if node.module else ()
        for alias in node.names:
            names = (*module, alias.name)
            if node.level:
                self._inside(path.parents[node.level - 1], names)
                own = path.parents[node.level - 1] / "__init__.py"
                if own.is_file():
                    self.read(own)
            else:
                self.import_(names, (path.parent, *self.roots))


@cache
def _own_module(name: str) -> Path | None:
    """Return the file of a module that is importable, and neither the standard library's nor an installed package's."""
    if name in sys.stdlib_module_names:
        return None
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return None
    path = Path(spec.origin).resolve()
    installed = {Path(sysconfig.get_path(kind)).resolve() for kind in ("purelib", "platlib", "stdlib")}
    return None if installed & set(path.parents) else path


def _texts(value: object) -> Iterator[str]:
    """Yield every text among the arguments of a node."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Node):
        yield from _texts([*value.args, *value.kwargs.values()])
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _existing(text: str, roots: tuple[Path, ...]) -> set[Path]:
    """Return what a text names on disk; a folder that holds one of the roots is the project, not its data."""
    if not text.strip(" ./\\") or len(text) > LONGEST_PATH or not text.isprintable():
        return set()
    path = Path(text).expanduser() if text.startswith("~") else Path(text)
    found = set()
    for root in roots:
        try:
            place = (root / path).resolve()
            exists = place.exists()
        except (OSError, RuntimeError, ValueError):
            continue
        if exists and not any(place == each or place in each.parents for each in roots):
            found.add(place)
    return found
