"""Reads YAML text into plain values and remembers where every key stands.

PyYAML's own loader follows YAML 1.1: it reads ``lr: 1e-3`` as text, ``no`` as false and silently keeps the last of
two equal keys. This reader follows the YAML 1.2 core schema, refuses equal keys and keeps line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from cnndoctor.config.syntax import syntax_problem
from cnndoctor.errors import Problem

Position = tuple[int, int]  # 1-based line and column
Span = tuple[int, int]  # character offsets of a value in the text: start, end

MAX_VALUES = 50_000  # an experiment has some hundred values; more means aliases that multiply

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BOOL_OF_YAML_1_1 = re.compile(r"yes|no|on|off", re.IGNORECASE)
_NUMBER_WITH_UNDERSCORES = re.compile(r"[-+]?[0-9]+(_[0-9]+)+")
_CORE_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An experiment file as plain values.

    Attributes:
        file: The file as the user named it.
        text: The file's text.
        tree: Nested dictionaries, lists and scalars.
        lines: Position of each key (of each item in a list), by dotted path. What stands under ``init_args`` is
            filed under the node itself, so that every spelling of a node has the same paths.
        spans: Where each scalar or collection value stands in the text, by dotted path.
        warnings: Spellings that are legal and probably not meant.
        overridden: The ``--set`` argument that gave a value, by dotted path.
    """

    file: str
    text: str
    tree: dict[object, object]
    lines: Mapping[str, Position]
    spans: Mapping[str, Span]
    warnings: tuple[Problem, ...] = ()
    overridden: Mapping[str, str] = field(default_factory=dict)

    def problem(self, key: str, message: str, hint: str = "") -> Problem:
        """Return a problem placed at ``key``, or at the nearest part of its path that the file has."""
        for path in _upwards(key):
            if path in self.overridden:
                return Problem(message=message, hint=hint, key=key, file=f"--set {self.overridden[path]}")
            if path in self.lines:
                line, column = self.lines[path]
                return Problem(message=message, hint=hint, key=key, file=self.file, line=line, column=column)
        return Problem(message=message, hint=hint, key=key, file=self.file)


def join(key: str, name: object) -> str:
    """Return the dotted path of ``name`` under ``key``."""
    return f"{key}.{name}" if key else str(name)


def read_document(text: str, file: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Parse the text of an experiment file.

    Args:
        text: The file's text.
        file: The file as the user named it; used in problems.

    Returns:
        The document, or None when the text is no mapping at all, and everything wrong with the text.
    """
    try:
        roots = list(yaml.compose_all(text, Loader=_Loader))
    except yaml.YAMLError as error:
        return None, (syntax_problem(error, file, text),)
    except RecursionError:
        return None, (Problem(message="brackets are nested too deeply to be read.", file=file),)
    if not roots or _is_null(roots[0]):
        hint = "Start with `cnndoctor init MODULE:MODEL`."
        return None, (Problem(message="the file is empty.", hint=hint, file=file),)
    if len(roots) > 1:
        line = roots[1].start_mark.line + 1
        message = "a second document begins here ('---'); an experiment file holds one."
        return None, (Problem(message=message, file=file, line=line, column=1),)
    if not isinstance(roots[0], yaml.MappingNode):
        message = f"the file holds {_kind(roots[0])} where an experiment is a mapping (key: value)."
        return None, (Problem(message=message, file=file, line=1, column=1),)
    walker = _Walker(file)
    tree = walker.mapping(roots[0], "", ())
    document = Document(
        file=file,
        text=text,
        tree=tree,
        lines=walker.lines,
        spans=walker.spans,
        warnings=tuple(walker.warnings),
    )
    return document, tuple(walker.problems)


def read_value(text: str) -> object:
    """Return the value of one YAML text, as a ``--set`` argument has it.

    Raises:
        ValueError: When the text is no YAML value.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise ValueError(syntax_problem(error, "", text).message) from error
    if root is None:
        return None
    walker = _Walker("")
    value = walker.value(root, "", ())
    if walker.problems:
        raise ValueError(walker.problems[0].message)
    return value


class _Loader(yaml.SafeLoader):
    """Composes nodes; every plain scalar keeps the tag ``str`` and is read by ``_scalar`` below."""

    yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile(r"^<<$"))]}  # noqa: RUF012


class _Walker:
    """Turns composed YAML nodes into plain values while filing positions, problems and warnings."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[str, Position] = {}
        self.spans: dict[str, Span] = {}
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._values = 0

    def value(self, node: yaml.Node, key: str, above: tuple[int, ...]) -> object:
        """Return the plain value of a node that stands at ``key``."""
        self._values += 1
        if id(node) in above:
            self._problem(node, key, f"'{key}' contains itself through an alias ('*').")
            return None
        if self._values > MAX_VALUES:
            if self._values == MAX_VALUES + 1:
                self._problem(node, key, f"aliases blow the file up to more than {MAX_VALUES} values.")
            return None
        self.spans[key] = (node.start_mark.index, node.end_mark.index)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, key, above)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(node, key, above)
        return self._scalar(node, key)

    def mapping(self, node: yaml.MappingNode, key: str, above: tuple[int, ...]) -> dict[object, object]:
        """Return the plain dictionary of a mapping; equal keys are a problem."""
        self._refuse_tag(node, key, "map")
        merged: dict[object, object] = {}
        own: dict[object, object] = {}
        has_class_path = any(name.value == "class_path" for name, _ in node.value)
        first_line: dict[object, int] = {}
        for name_node, value_node in node.value:
            if name_node.tag == "tag:yaml.org,2002:merge":
                merged = self._merge(value_node, key, (*above, id(node))) | merged
                continue
            name = self._name(name_node, key)
            if name in first_line:
                message = f"key '{name}' stands twice{_inside(key)}; first in line {first_line[name]}."
                self._problem(name_node, join(key, name), message)
                continue
            first_line[name] = name_node.start_mark.line + 1
            path = key if has_class_path and name == "init_args" else join(key, name)
            if path != key:
                self.lines[path] = _position(name_node)
            own[name] = self.value(value_node, path, (*above, id(node)))
        return merged | own

    def _sequence(self, node: yaml.SequenceNode, key: str, above: tuple[int, ...]) -> list[object]:
        self._refuse_tag(node, key, "seq")
        items = []
        for index, item in enumerate(node.value):
            path = join(key, index)
            self.lines[path] = _position(item)
            items.append(self.value(item, path, (*above, id(node))))
        return items

    def _merge(self, node: yaml.Node, key: str, above: tuple[int, ...]) -> dict[object, object]:
        """Return what ``<<: *alias`` brings in; the earlier of several wins, as YAML has it."""
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[object, object] = {}
        for source in sources:
            if id(source) in above or not isinstance(source, yaml.MappingNode):
                self._problem(node, key, "'<<' merges mappings; this is none.")
                continue
            merged = self.mapping(source, key, above) | merged
        return merged

    def _name(self, node: yaml.Node, key: str) -> object:
        if isinstance(node, yaml.ScalarNode):
            plain = node.style is None and not _BOOL_OF_YAML_1_1.fullmatch(node.value)
            return _plain_scalar(node.value) if plain else node.value
        self._problem(node, key, f"a key{_inside(key)} is {_kind(node)}; keys are text.")
        return str(node.start_mark.index)

    def _scalar(self, node: yaml.Node, key: str) -> object:
        text = str(node.value)
        if not isinstance(node, yaml.ScalarNode) or node.style is not None:
            self._refuse_tag(node, key, "str")
            return text
        self._refuse_tag(node, key, "str", "int", "float", "bool", "null")
        if _BOOL_OF_YAML_1_1.fullmatch(text):
            meant = "true" if text.lower() in ("yes", "on") else "false"
            self._warn(node, key, f"'{key}: {text}' is read as text; write {meant} if you mean a switch.")
        elif _NUMBER_WITH_UNDERSCORES.fullmatch(text):
            number = text.replace("_", "")
            self._warn(node, key, f"'{key}: {text}' is read as text; write {number} if you mean a number.")
        return _plain_scalar(text)

    def _refuse_tag(self, node: yaml.Node, key: str, *kinds: str) -> None:
        if node.tag not in [_CORE_TAG + kind for kind in kinds]:
            tag = node.tag.replace(_CORE_TAG, "!!")
            self._problem(node, key, f"the tag '{tag}' is not supported.", "Name a callable by '_target_'.")

    def _problem(self, node: yaml.Node, key: str, message: str, hint: str = "") -> None:
        line, column = _position(node)
        self.problems.append(
            Problem(message=message, hint=hint, key=key, file=self.file, line=line, column=column)
        )

    def _warn(self, node: yaml.Node, key: str, message: str) -> None:
        line, column = _position(node)
        self.warnings.append(Problem(message=message, key=key, file=self.file, line=line, column=column))


def _plain_scalar(text: str) -> object:
    """Read an unquoted scalar by the YAML 1.2 core schema."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    if _INT.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text[2:] if base != 10 else text, base)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _SPECIAL_FLOAT.fullmatch(text):
        return float(text.replace(".", ""))
    return text


def _upwards(key: str) -> Iterator[str]:
    while key:
        yield key
        key = key.rpartition(".")[0]


def _position(node: yaml.Node) -> Position:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _inside(key: str) -> str:
    return f" in '{key}'" if key else ""


def _is_null(node: yaml.Node | None) -> bool:
    return node is None or (
        isinstance(node, yaml.ScalarNode) and node.style is None and _plain_scalar(node.value) is None
    )


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    return "a mapping" if isinstance(node, yaml.MappingNode) else "a single value"
