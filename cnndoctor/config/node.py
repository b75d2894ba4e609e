"""The node: a callable named in the experiment file, with its arguments; read from any of its three spellings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cnndoctor.config.document import Document, join
from cnndoctor.config.near import did_you_mean
from cnndoctor.errors import Problem

TARGET_KEYS = ("_target_", "class_path", "_component_")
RESERVED_KEYS = ("_target_", "_args_", "_partial_", "_recursive_", "_convert_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A callable and its arguments, as the experiment file names them.

    Attributes:
        target: ``package.module.attr``, ``package.module:attr`` or ``path/to/file.py:attr``.
        args: Positional arguments; scalars, lists, dictionaries and nodes.
        kwargs: Keyword arguments, likewise.
        partial: Hand on the callable with its arguments bound instead of calling it.
        recursive: Build nested nodes first; when false they stay plain dictionaries in ``args`` and ``kwargs``.
        key: Dotted path of the node in the file, for example ``model.backbone``.
    """

    target: str
    args: tuple[object, ...] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)
    partial: bool = False
    recursive: bool = True
    key: str = ""


def walk(value: object) -> Iterator[Node]:
    """Yield every node in a value, outer before inner, in the order of the file."""
    if isinstance(value, Node):
        yield value
        yield from walk(list(value.args))
        yield from walk(dict(value.kwargs))
    elif isinstance(value, dict):
        for item in value.values():
            yield from walk(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from walk(item)


def is_node(value: object) -> bool:
    """Return whether a plain value is a mapping that names a target."""
    return isinstance(value, dict) and any(key in value for key in TARGET_KEYS)


def read_nodes(document: Document, config_dir: Path) -> tuple[dict[object, object], tuple[Problem, ...]]:
    """Replace every node in a document by its ``Node`` and ``${config_dir}`` by the config's folder.

    Returns:
        The document's tree with nodes, and what is wrong with how they are written.
    """
    reader = _Reader(document, str(config_dir))
    tree = {name: reader.value(value, str(name)) for name, value in document.tree.items()}
    return tree, tuple(reader.problems)


class _Reader:
    """Carries the document and the problems down the tree."""

    def __init__(self, document: Document, config_dir: str) -> None:
        self.document = document
        self.config_dir = config_dir
        self.problems: list[Problem] = []

    def value(self, value: object, key: str) -> object:
        if is_node(value) and isinstance(value, dict):
            return self._node(value, key)
        if isinstance(value, dict):
            return {name: self.value(item, join(key, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, join(key, index)) for index, item in enumerate(value)]
        return self._text(value)

    def _node(self, raw: Mapping[object, object], key: str) -> Node | dict[str, object]:
        spelling = [name for name in TARGET_KEYS if name in raw]
        if len(spelling) > 1:
            both = " and ".join(f"'{name}'" for name in spelling)
            self._problem(key, spelling[1], f"'{key}' has both {both}; one names the callable.")
        target = self._text(raw[spelling[0]])
        if not isinstance(target, str) or not target.strip():
            message = f"'{spelling[0]}' in '{key}' must name a callable as text, not {shown(target)}."
            self._problem(key, spelling[0], message)
            target = ""
        rest: dict[object, object] = {name: item for name, item in raw.items() if name not in TARGET_KEYS}
        if spelling[0] == "class_path":
            rest = self._init_args(rest, key)
        if key == "scheduler":
            return self._scheduler(target, rest, key)
        return self._finish(target, rest, key)

    def _scheduler(self, target: str, rest: dict[object, object], key: str) -> dict[str, object]:
        """Part a scheduler's own keys from the arguments of its callable."""
        own: dict[str, object] = {name: rest.pop(name) for name in ("interval", "monitor") if name in rest}
        return {"node": self._finish(target, rest, key), **own}

    def _finish(self, target: str, rest: dict[object, object], key: str) -> Node:
        recursive = self._switch(rest, "_recursive_", key, default=True)
        partial = self._switch(rest, "_partial_", key, default=False)
        rest.pop("_convert_", None)
        args = rest.pop("_args_", [])
        if not isinstance(args, list):
            self._problem(key, "_args_", f"'_args_' in '{key}' must be a list, not {shown(args)}.")
            args = []
        self._check_names(rest, key)
        children = self.value if recursive else self._plain
        return Node(
            target=target,
            args=tuple(children(item, f"{key}._args_.{index}") for index, item in enumerate(args)),
            kwargs={str(name): children(item, join(key, name)) for name, item in rest.items()},
            partial=partial,
            recursive=recursive,
            key=key,
        )

    def _init_args(self, rest: dict[object, object], key: str) -> dict[object, object]:
        inner = rest.pop("init_args", None)
        if inner is not None and not isinstance(inner, dict):
            self._problem(key, "init_args", f"'init_args' in '{key}' must be a mapping, not {shown(inner)}.")
            inner = None
        own = RESERVED_KEYS if key != "scheduler" else (*RESERVED_KEYS, "interval", "monitor")
        for name in [name for name in rest if name not in own]:
            message = f"unknown key '{name}' beside 'class_path' in '{key}'"
            message += did_you_mean(str(name), ("init_args",)) or "; arguments go under 'init_args'."
            self._problem(key, name, message)
            del rest[name]
        return rest | (inner or {})

    def _switch(self, rest: dict[object, object], name: str, key: str, *, default: bool) -> bool:
        value = rest.pop(name, default)
        if isinstance(value, bool):
            return value
        self._problem(key, name, f"'{name}' in '{key}' must be true or false, not {shown(value)}.")
        return default

    def _check_names(self, rest: dict[object, object], key: str) -> None:
        for name in list(rest):
            if not isinstance(name, str):
                self._problem(key, name, f"argument names in '{key}' are text, not {shown(name)}.")
                del rest[name]
            elif name.startswith("_") and name.endswith("_") and not name.startswith("__"):
                message = f"unknown key '{name}' in '{key}'{did_you_mean(name, RESERVED_KEYS) or '.'}"
                self._problem(key, name, message)
                del rest[name]

    def _plain(self, value: object, key: str) -> object:
        """Return a value with its nested nodes left as dictionaries."""
        if isinstance(value, dict):
            return {name: self._plain(item, join(key, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self._plain(item, join(key, index)) for index, item in enumerate(value)]
        return self._text(value)

    def _text(self, value: object) -> object:
        return value.replace("${config_dir}", self.config_dir) if isinstance(value, str) else value

    def _problem(self, key: str, name: object, message: str) -> None:
        self.problems.append(self.document.problem(join(key, name), message))


def shown(value: object) -> str:
    """Return a value as a person would write it in YAML, short."""
    if value is None:
        return "null (nothing)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Node):
        return f"a node ({value.target})"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
