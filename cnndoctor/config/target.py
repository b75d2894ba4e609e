"""Reads the target of a node, and refuses the targets that would run a shell or evaluate text."""

from __future__ import annotations

import keyword
from dataclasses import dataclass
from pathlib import Path

_SHELL = "it starts other programs"
_EVALUATES = "it evaluates text as code"
_UNPICKLES = "it unpickles, which runs code hidden in the data"
_DELETES = "it deletes files"
_IMPORTS = "it imports by a computed name, past this check"

# Whole modules, by first segments; the operating system's twins of `os` count as `os`.
_REFUSED_MODULES = {
    "subprocess": _SHELL,
    "pty": _SHELL,
    "codeop": _EVALUATES,
    "runpy": _EVALUATES,
    "importlib": _IMPORTS,
    "pkgutil": _IMPORTS,
    "ctypes": "it calls machine code",
}
_REFUSED_NAMES = {
    "os.system": _SHELL,
    "os.popen": _SHELL,
    "os.startfile": _SHELL,
    "os.fork": _SHELL,
    "os.forkpty": _SHELL,
    "os.remove": _DELETES,
    "os.unlink": _DELETES,
    "os.rmdir": _DELETES,
    "os.removedirs": _DELETES,
    "os.kill": "it ends other programs",
    "asyncio.create_subprocess_exec": _SHELL,
    "asyncio.create_subprocess_shell": _SHELL,
    "asyncio.subprocess": _SHELL,
    "shutil.rmtree": _DELETES,
    "shutil.move": _DELETES,
    "builtins.eval": _EVALUATES,
    "builtins.exec": _EVALUATES,
    "builtins.compile": _EVALUATES,
    "builtins.__import__": _IMPORTS,
    # Not the whole module: a user's own code.py may stand beside it.
    "code.interact": _EVALUATES,
    "code.compile_command": _EVALUATES,
    "code.InteractiveConsole": _EVALUATES,
    "code.InteractiveInterpreter": _EVALUATES,
    "timeit.timeit": _EVALUATES,
    "timeit.repeat": _EVALUATES,
    "pickle.load": _UNPICKLES,
    "pickle.loads": _UNPICKLES,
    "pickle.Unpickler": _UNPICKLES,
    "pickle._load": _UNPICKLES,
    "pickle._loads": _UNPICKLES,
    "pickle._Unpickler": _UNPICKLES,
}
_REFUSED_PREFIXES = {"os.exec": _SHELL, "os.spawn": _SHELL, "os.posix_spawn": _SHELL, "os.popen": _SHELL}
_TWINS = {
    "posix": "os",
    "nt": "os",
    "_posixsubprocess": "subprocess",
    "_pickle": "pickle",
    "cPickle": "pickle",
}


class TargetSyntaxError(ValueError):
    """A target that is no ``package.module.attr``, ``package.module:attr`` or ``file.py:attr``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A parsed target.

    Attributes:
        text: The target as written.
        file: Path of a file target as written; empty for a module target.
        modules: Names that must be modules; empty for a file target.
        names: What follows: attributes, or (in the dotted form) modules and then attributes.
    """

    text: str
    file: str = ""
    modules: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        """Return modules and attributes joined by dots."""
        return ".".join((*self.modules, *self.names))


def parse_target(text: str) -> Target:
    """Split a target into file or module and attributes.

    Raises:
        TargetSyntaxError: When it is none of the three forms; the message says what is wrong with it.
    """
    head, colon, tail = text.strip().rpartition(":")
    if not colon:
        head, tail = tail, ""
    if head.endswith(".py") or "/" in head or "\\" in head:
        if not head.endswith(".py"):
            raise TargetSyntaxError(f"'{text}' looks like a path and does not name a .py file")
        if not tail:
            raise TargetSyntaxError(f"'{text}' names a file and no object in it; add ':Name'")
        return Target(text=text, file=head, names=_identifiers(tail, text))
    if colon:
        return Target(text=text, modules=_identifiers(head, text), names=_identifiers(tail, text))
    parts = _identifiers(head, text)
    if len(parts) == 1:
        raise TargetSyntaxError(
            f"'{text}' has no module; write 'module.{text.strip()}' or 'file.py:{text.strip()}'"
        )
    return Target(text=text, modules=parts[:1], names=parts[1:])


def refusal(dotted: str) -> str:
    """Return why a dotted name is refused as a target, or an empty text when it is welcome."""
    parts = dotted.split(".")
    parts = [*_TWINS.get(parts[0], parts[0]).split("."), *parts[1:]]
    name = ".".join(parts)
    for end in range(1, len(parts) + 1):
        prefix = ".".join(parts[:end])
        reason = _REFUSED_MODULES.get(prefix) or _REFUSED_NAMES.get(prefix)
        if reason:
            return reason
    return next((why for start, why in _REFUSED_PREFIXES.items() if name.startswith(start)), "")


def target_refusal(target: Target) -> str:
    """Return why a parsed target is refused, or an empty text.

    A path through another module (``mycode.os.system``) is looked at from each of its segments on. A file target is
    the user's own file: only its attributes are looked at.
    """
    parts = (*target.modules, *target.names)
    starts = range(1 if target.modules else 0, len(parts))
    reasons = [refusal(target.dotted)] if target.modules else []
    # A single last name is no path: a user's own `code` or `compile` is welcome.
    reasons += [refusal(".".join(parts[start:])) for start in starts if len(parts) - start > 1]
    return next((reason for reason in reasons if reason), "")


def file_of(target: Target, config_dir: Path) -> Path | None:
    """Return the full path of a file target, looked for in the config's folder and then in the working directory."""
    candidates = (config_dir / Path(target.file).expanduser(), Path.cwd() / Path(target.file).expanduser())
    return next((path.resolve() for path in candidates if path.is_file()), None)


def local_module(name: str, folder: Path) -> Path | None:
    """Return the file of a top-level module that stands in ``folder``, or None."""
    for path in (folder / name / "__init__.py", folder / f"{name}.py"):
        if path.is_file():
            return path.resolve()
    return None


def _identifiers(text: str, whole: str) -> tuple[str, ...]:
    parts = tuple(text.split("."))
    for part in parts:
        if not part.isidentifier() or keyword.iskeyword(part):
            what = f"'{part}' is no Python name" if part else "it has an empty part"
            raise TargetSyntaxError(f"'{whole}' cannot be a target: {what}")
    return parts
