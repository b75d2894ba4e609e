"""Imports the user's modules as a script beside the config would, and keeps experiments apart.

Several experiments may run in one process, and their folders may hold files of the same name: each folder has its own
modules here (``finding_from``), and a file target is loaded under a name made from its full path.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from cnndoctor.config.near import did_you_mean
from cnndoctor.config.target import Target, file_of, local_module
from cnndoctor.errors import UsageError

_MODULES_OF_FOLDER: dict[Path, dict[str, ModuleType]] = {}
_MODULES_OF_FILE: dict[Path, ModuleType] = {}


class TargetNotFound(UsageError):
    """A target names nothing that exists, or nothing that may be called; the message says which part."""


def find(target: Target, folder: Path) -> object:
    """Import what a target names.

    Args:
        target: The parsed target.
        folder: The full path of the config's folder.

    Raises:
        TargetNotFound: When a part of it does not exist. What the user's module raises passes through.
    """
    return _in_file(target, folder) if target.file else _in_modules(target, folder)


def _in_file(target: Target, folder: Path) -> object:
    path = file_of(target, folder)
    if path is None:
        raise TargetNotFound(f"there is no file '{target.file}' in '{folder}' or the working directory.")
    return _attribute(_load_file(path, folder), target.names, target.file)


def _in_modules(target: Target, folder: Path) -> object:
    first = target.modules[0]
    for place in (folder, Path.cwd()):
        path = local_module(first, place)
        if path is not None and path.name != "__init__.py" and _is_taken(first, path):
            # A user's code.py beside the standard library's `code`: theirs is meant, and both must live.
            names = (*target.modules[1:], *target.names)
            return _attribute(_load_file(path, folder), names, first)
    with finding_from(folder, Path.cwd()):
        module = _import(".".join(target.modules), target)
        return _walk(module, target)


def _is_taken(name: str, path: Path) -> bool:
    """Return whether a module name belongs to the standard library or to another module that is not the user's."""
    if name in sys.stdlib_module_names:
        return True
    loaded = sys.modules.get(name)
    if loaded is None or any(modules.get(name) is loaded for modules in _MODULES_OF_FOLDER.values()):
        return False
    return Path(getattr(loaded, "__file__", None) or "").resolve() != path


def _import(name: str, target: Target) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(f"{error.name}.")):
            raise TargetNotFound(f"there is no module '{error.name}' for '{target.text}'.") from error
        raise


def _walk(module: ModuleType, target: Target) -> object:
    """Follow a target's names from its first module: attributes, and modules not imported yet."""
    found: object = module
    for index, name in enumerate(target.names):
        if not hasattr(found, name) and isinstance(found, ModuleType) and hasattr(found, "__path__"):
            inner = f"{found.__name__}.{name}"
            try:
                importlib.import_module(inner)
            except ModuleNotFoundError as error:
                if error.name != inner:
                    raise
        found = _attribute(found, (name,), ".".join((*target.modules, *target.names[:index])))
    return found


def _attribute(owner: object, names: tuple[str, ...], shown: str) -> object:
    for name in names:
        if not hasattr(owner, name):
            public = [known for known in dir(owner) if not known.startswith("_")]
            raise TargetNotFound(f"'{shown}' has no '{name}'{did_you_mean(name, public) or '.'}")
        owner, shown = getattr(owner, name), f"{shown}.{name}"
    return owner


def _load_file(path: Path, folder: Path) -> ModuleType:
    """Load a file once, under a name made from its full path; its siblings are importable meanwhile."""
    if path in _MODULES_OF_FILE:
        return _MODULES_OF_FILE[path]
    name = f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise TargetNotFound(f"'{path}' cannot be loaded as a module.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # before it runs: dataclasses and pickle look their module up here
    try:
        with finding_from(path.parent, folder, Path.cwd()):
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    _MODULES_OF_FILE[path] = module
    return module


@contextmanager
def finding_from(*folders: Path) -> Iterator[None]:
    """Import from these folders first, and see their modules where other experiments' have the same names."""
    places = list(dict.fromkeys(folders))
    _hide_others(places)
    for place in reversed(places):
        sys.modules.update(_MODULES_OF_FOLDER.get(place, {}))
    before = set(sys.modules)
    entries = [str(place) for place in places]
    sys.path[:0] = entries
    try:
        yield
    finally:
        for entry in entries:
            sys.path.remove(entry)
        # Modules imported late, inside a forward pass, and workers started afresh look here; last, so as to shadow nothing.
        sys.path.extend(entry for entry in entries if entry not in sys.path)
        _remember(places, set(sys.modules) - before)


def _hide_others(places: list[Path]) -> None:
    """Take modules of other folders out of sight where these folders have modules of the same name."""
    for folder, modules in _MODULES_OF_FOLDER.items():
        if folder in places:
            continue
        for name, module in modules.items():
            top = name.partition(".")[0]
            shadowed = any(local_module(top, place) is not None for place in places)
            if shadowed and sys.modules.get(name) is module:
                del sys.modules[name]


def _remember(places: list[Path], names: set[str]) -> None:
    """File newly imported modules under the folder that holds them."""
    for name in names:
        module, top = sys.modules.get(name), sys.modules.get(name.partition(".")[0])
        file = getattr(top, "__file__", None)
        if module is None or not file:
            continue
        path = Path(file).resolve()
        holder = path.parent.parent if path.name == "__init__.py" else path.parent
        if holder in places:
            _MODULES_OF_FOLDER.setdefault(holder, {})[name] = module
