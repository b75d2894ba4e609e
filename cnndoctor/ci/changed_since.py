"""Which experiments a change touches: their own file, code they import, data files they name; git says what changed."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from cnndoctor.ci.sources import sources_of
from cnndoctor.config import Config
from cnndoctor.errors import UsageError


def changed_since(configs: Sequence[Config], revision: str) -> dict[Path, tuple[Path, ...]]:
    """Return the experiments that rest on a file changed since a revision, each with those files.

    What counts is the difference between the working tree, untracked files included, and the commit at which the current
    branch left ``revision``.

    Args:
        configs: The experiments.
        revision: Anything git understands, for example ``origin/main``.

    Raises:
        UsageError: There is no git, no repository, or no such revision.
    """
    if revision.startswith("-"):  # git would take it for an option
        raise UsageError(f"--changed-since {revision}: no revision begins with a dash.")
    touched: dict[Path, tuple[Path, ...]] = {}
    by_root: dict[Path, frozenset[Path]] = {}
    for config in configs:
        root = Path(_git(config.folder, "rev-parse", "--show-toplevel").strip()).resolve()
        if root not in by_root:
            by_root[root] = changed_files(root, revision)
        changed, path = by_root[root], config.path.resolve()
        files = (*((path,) if path in changed else ()), *sources_of(config).touched_by(changed))
        if files:
            touched[config.path] = tuple(_relative(file, root) for file in files)
    return touched


def changed_files(root: Path, revision: str) -> frozenset[Path]:
    """Return the full paths of the files of a repository that differ from where the branch left ``revision``."""
    try:
        base = _git(root, "merge-base", revision, "HEAD").strip()
    except UsageError as error:
        message = (
            f"--changed-since {revision}: git cannot compare with it ({_last_line(error)}). "
            "Fetch it with its history; in GitHub Actions set fetch-depth: 0 on the checkout."
        )
        raise UsageError(message) from None
    differing = _git(root, "diff", "--name-only", "--no-renames", "-z", base, "--")
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return frozenset((root / name).resolve() for name in (differing + untracked).split("\0") if name)


def _relative(file: Path, root: Path) -> Path:
    return file.relative_to(root) if root in file.parents else file


def _git(folder: Path, *arguments: str) -> str:
    try:
        said = subprocess.run(  # noqa: S603 - no shell, and no argument that could be an option
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            check=False,
        )
    except OSError as error:
        raise UsageError(f"--changed-since needs git, which cannot be started: {error.strerror}.") from None
    if said.returncode:
        reason = said.stderr.strip().splitlines()[-1:] or ["git failed without a word"]
        raise UsageError(f"--changed-since: git in '{folder}' said: {reason[0]}")
    return said.stdout


def _last_line(error: UsageError) -> str:
    return str(error).rpartition("said: ")[2]
