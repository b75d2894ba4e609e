"""Which code an examination ran: hashes of the package and of the experiment, and the commit for people."""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

PACKAGE = "cnndoctor"
HASH_LENGTH = 12


def package_hash(root: Path) -> str:
    """Return a hash over every source and data file of the package."""
    files = (
        path for path in (root / PACKAGE).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    return _hash((path.relative_to(root).as_posix(), path.read_bytes()) for path in sorted(files))


def experiment_hash(config: Path) -> str:
    """Return a hash over the file without its comments, and over what it names of its folder, directly or through others.

    A neighbour in the folder changes nothing here; nor does what a comment says is planted.
    """
    text = re.sub(r"(?m)^\s*#.*\n", "", config.read_text(encoding="utf-8"))
    named = {path.name: path.read_bytes() for path in _named(config.parent, text)}
    return _hash([(config.name, text.encode()), *sorted(named.items())])


def commit(root: Path) -> str:
    """Return the short commit, with a ``+`` where the package differs from it; empty outside of git."""
    head = _git(root, "rev-parse", "--short", "HEAD")
    return head + "+" * bool(head and _git(root, "status", "--porcelain", "--", PACKAGE))


def _named(folder: Path, text: str) -> list[Path]:
    others = {path for path in folder.iterdir() if path.is_file() and path.suffix != ".yaml"}
    chosen: set[Path] = set()
    todo = [text]
    while todo:
        words = set(re.findall(r"\w+", todo.pop()))
        for path in sorted(others - chosen):
            if path.stem in words:
                chosen.add(path)
                todo.append(path.read_text(encoding="utf-8", errors="replace"))
    return sorted(chosen)


def _hash(parts: Iterable[tuple[str, bytes]]) -> str:
    whole = hashlib.sha256()
    for name, content in parts:
        whole.update(f"{name}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()[:HASH_LENGTH]


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
