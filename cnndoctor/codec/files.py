"""Writes a file whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Write text so that a reader sees the old file or the new one, never half of one.

    Missing parent folders are made. The text goes to a neighbour first, is flushed to disk and then renamed.

    Args:
        path: The file to write or replace.
        text: Its whole content, written as UTF-8; line ends stay as they are.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbour = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with neighbour.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        neighbour.replace(path)
    finally:
        neighbour.unlink(missing_ok=True)
