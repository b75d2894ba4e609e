"""The experiment file after reading: its fields, and where each of them stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import PrivateAttr

from cnndoctor.config.document import Document, Position, Span
from cnndoctor.config.model import Fields
from cnndoctor.config.node import Node
from cnndoctor.errors import Problem


class Config(Fields):
    """An experiment file that is well formed: its fields, and where each of them stands.

    Values come from ``load``; the properties below belong to the file and are no keys of it.
    """

    _document: Document = PrivateAttr()
    _path: Path = PrivateAttr()
    _nodes: tuple[Node, ...] = PrivateAttr()
    _overrides: tuple[str, ...] = PrivateAttr(default=())

    @property
    def path(self) -> Path:
        """The file as the user named it."""
        return self._path

    @property
    def folder(self) -> Path:
        """The full path of the config's folder, from which modules and files are found."""
        return self._path.resolve().parent

    @property
    def text(self) -> str:
        """The file's text."""
        return self._document.text

    @property
    def lines(self) -> Mapping[str, Position]:
        """Line and column of every key in the file, both 1-based, by dotted path; list items as ``a.0``."""
        return self._document.lines

    @property
    def spans(self) -> Mapping[str, Span]:
        """Start and end of every value in ``text``, in characters, by dotted path."""
        return self._document.spans

    @property
    def overrides(self) -> tuple[str, ...]:
        """The ``key=value`` settings that were laid over the file."""
        return self._overrides

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Spellings in the file that are legal and probably not meant."""
        return self._document.warnings

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every node of the file, nested ones too, outer before inner."""
        return self._nodes

    @property
    def sha256(self) -> str:
        """Hash of the text and, where there are any, of the overrides."""
        return hashlib.sha256("\n".join((self.text, *self._overrides)).encode()).hexdigest()

    @property
    def document(self) -> Document:
        """The file as plain values with positions, overrides laid over."""
        return self._document

    def placed(
        self, document: Document, path: Path, nodes: tuple[Node, ...], overrides: tuple[str, ...]
    ) -> Self:
        """Return this config with what is known about its file; a missing name becomes the file's."""
        config = self if self.name else self.model_copy(update={"name": path.stem})
        config._document = document  # noqa: SLF001  (a copy of ourselves)
        config._path = path  # noqa: SLF001
        config._nodes = nodes  # noqa: SLF001
        config._overrides = overrides  # noqa: SLF001
        return config

    def problem(self, key: str, message: str, hint: str = "") -> Problem:
        """Return a problem placed at a key's line, or at its nearest parent that the file has."""
        return self._document.problem(key, message, hint)
