"""Data that does not fit a record, and where in it."""

from __future__ import annotations


class Mismatch(Exception):
    """Data that does not fit; the path is collected from the inside out while the stack unwinds."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self._path: list[str] = []

    def inside(self, step: str) -> Mismatch:
        """Remember one more step of the path, for example ``.causes`` or ``[3]``."""
        self._path.append(step)
        return self

    def where(self) -> str:
        """Return the path as Python would write it, from the top."""
        return "".join(reversed(self._path))
