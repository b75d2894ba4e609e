"""Reports kept by what they depend on, so that an experiment that did not change costs no second examination.

The key holds the experiment file with its overrides, the code of the user's that it imports, the data files it names, the
versions of cnndoctor, Python, torch and numpy, the device and the options. What it cannot see is data that code finds in
another way (a download, an environment variable, a database): leave the cache off for such experiments, or delete it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cnndoctor.ci.sources import sources_of
from cnndoctor.codec import write_atomically
from cnndoctor.config import Config
from cnndoctor.errors import RunNotReadable
from cnndoctor.report import Report
from cnndoctor.reporters import FORMATS, Context
from cnndoctor.reporters.json import read

DEFAULT_FOLDER = ".cnndoctor_cache"
# Chosen: above this a data file counts by size and time of change, and a folder by those of all its files.
WHOLE_BYTES = 1 << 20
WHOLE_FILES = 2000
_VERSIONS = ("torch", "torchvision", "torchmetrics", "timm", "numpy")
# What decides about devices, and about how fast and how exactly they compute.
_ENVIRONMENT = (
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "CUBLAS_WORKSPACE_CONFIG",
    "NVIDIA_TF32_OVERRIDE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A folder of reports by key."""

    folder: Path

    def look_up(self, key: str) -> Report | None:
        """Return the report kept under a key; None when there is none, or none that can be read."""
        try:
            return read(self._path(key).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, RunNotReadable):
            return None

    def keep(self, key: str, report: Report) -> None:
        """Keep a report, in a folder that git leaves alone."""
        marker = self.folder / ".gitignore"
        if not marker.exists():
            write_atomically(marker, "*\n")
        write_atomically(self._path(key), FORMATS["json"](report, Context()))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def cache_key(config: Config, options: Mapping[str, object], *, leave_out: tuple[Path, ...] = ()) -> str:
    """Return the key of an examination.

    Args:
        config: The experiment.
        options: What the command line says that changes the result, by name.
        leave_out: Folders that are no data though their name may stand in the code: where runs and the cache are kept.
    """
    sources = sources_of(config)
    left_out = {path.resolve() for path in leave_out}
    data = [path for path in sources.data if not left_out & {path, *path.parents}]
    digest = hashlib.sha256()
    for part in (
        str(config.path),
        config.sha256,
        repr(sorted((name, repr(value)) for name, value in options.items())),
        *_surroundings(),
        *(_file(path) for path in sorted(sources.code)),
        *(line for path in sorted(data) for line in _data(path)),
    ):
        digest.update(part.encode("utf-8", "surrogateescape") + b"\0")
    return digest.hexdigest()[:40]


@cache
def _surroundings() -> tuple[str, ...]:
    """Return versions and devices; without importing torch, which would cost more than what is saved."""
    return (
        _own_code(),
        platform.python_version(),
        *(f"{name} {_version(name)}" for name in _VERSIONS),
        *(f"{name}={os.environ.get(name, '')}" for name in _ENVIRONMENT),
        platform.platform(),
        platform.machine(),
        *_accelerators(),
    )


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"


def _own_code() -> str:
    """Return a hash of cnndoctor itself: between two releases its version stands still and its checks do not."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(_file(path).encode())
    return digest.hexdigest()


def _accelerators() -> Iterator[str]:
    for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information")):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        yield from (line for line in lines if line.startswith("Model"))
    yield from (str(path) for path in (Path("/dev/nvidia0"), Path("/dev/kfd")) if path.exists())


def _data(path: Path) -> Iterator[str]:
    """Tell a data file, or every file of a data folder, so that any change shows."""
    if path.is_file():
        yield _file(path) if path.stat().st_size <= WHOLE_BYTES else _stamp(path)
        return
    files = sorted(file for file in path.rglob("*") if file.is_file() and not _hidden(file, path))
    whole = len(files) <= WHOLE_FILES
    for file in files:
        yield _file(file) if whole and file.stat().st_size <= WHOLE_BYTES else _stamp(file)


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in file.relative_to(folder).parts)


def _file(path: Path) -> str:
    try:
        return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError as error:
        return f"{path.name} {error.strerror}"


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{path} {status.st_size} {status.st_mtime_ns}"
