"""Which experiments are examined, and what each must be called: read from the comments at the top of their files."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Part = Literal["tuning", "test"]
Kind = Literal["healthy", "fault", "faults", "note"]

PARTS: tuple[Part, ...] = ("tuning", "test")
# With a small letter, for ids; a sentence behind "Planted:" is for people.
PLANTED = re.compile(r"^#\s*planted(?P<hint> as a note)?:(?P<ids>.*)$", re.MULTILINE)
IDS = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\s*[|,]\s*[a-z0-9]+(-[a-z0-9]+)*)*")
STRENGTH = re.compile(r"-(mild|strong)$")
# A file that the repository does not ship, in the folder that CNNDOCTOR_DATA names.
NEEDS = re.compile(r"^#\s*needs:\s*(\S+)\s*$", re.MULTILINE)
DATA = "CNNDOCTOR_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What an examination has to say.

    Attributes:
        kind: ``healthy``; one ``fault``; two independent ``faults``; or a hint that is worth a ``note`` and no more.
        faults: The faults, each with all the names that are right for it; empty for a healthy run.
    """

    kind: Kind = "healthy"
    faults: tuple[tuple[str, ...], ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """Return every name that is right here."""
        return frozenset(name for fault in self.faults for name in fault)

    @property
    def label(self) -> str:
        """Return the faults as a comment writes them: ``a | b`` for two names, ``a, b`` for two faults."""
        return ", ".join(" | ".join(fault) for fault in self.faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One experiment of the clinic.

    Attributes:
        config: The experiment file, relative to the repository: ``configs/patients/dead-relu.yaml``.
        part: ``tuning``, whose checks were written beside it, or ``test``.
        group: ``patients``, ``healthy``, or the program's folder.
        strength: ``mild`` or ``strong`` where the file's name ends so, else empty.
        expected: What must be said.
        needs: A data file that must lie in the folder ``CNNDOCTOR_DATA``, such as ``mnist.npz``; empty for none.
    """

    config: str
    part: Part
    group: str
    strength: str
    expected: Expected
    needs: str = ""

    @property
    def can_run(self) -> bool:
        """Return whether the data file that it needs is there."""
        return not self.needs or (Path(os.environ.get(DATA) or os.devnull) / self.needs).is_file()

    @property
    def name(self) -> str:
        """Return group and stem, for example ``healthy/mlp-adam``."""
        return f"{self.group}/{Path(self.config).stem}"


def cases(root: Path, parts: Sequence[Part] = PARTS, globs: Sequence[str] = ("*",)) -> tuple[Case, ...]:
    """Return every experiment of the parts whose name matches one of the globs, in the page's order.

    Args:
        root: The repository.
        parts: Parts asked for.
        globs: Patterns of ``group/stem``.
    """
    return tuple(
        case
        for part in parts
        for case in _of_part(root, part)
        if any(fnmatch.fnmatchcase(case.name, glob) for glob in globs)
    )


def expected_of(config: Path, *, healthy: bool) -> Expected:
    """Return what the comments of a file say is planted; without one, the file's name.

    Args:
        config: The experiment file.
        healthy: Whether it is a healthy run unless a comment says otherwise.

    Raises:
        ValueError: The comment holds something else than ids.
    """
    said = PLANTED.search(config.read_text(encoding="utf-8"))
    if said is None:
        return Expected() if healthy else _of_faults(_faults(STRENGTH.sub("", config.stem).replace("+", ",")))
    ids = said["ids"].strip()
    if not IDS.fullmatch(ids):
        raise ValueError(f"{config}: '# planted: {ids}' is no list of ids like 'a', 'a | b' or 'a, b'")
    return Expected(kind="note", faults=_faults(ids)) if said["hint"] else _of_faults(_faults(ids))


def _of_part(root: Path, part: Part) -> Iterator[Case]:
    for folder in _folders(root, part):
        for config in sorted(folder.glob("*.yaml")):
            alike = folder.parent.name == "configs"  # patients or healthy; a program's folder holds both
            healthy = folder.name == "healthy" if alike else config.stem.startswith("healthy")
            strength = STRENGTH.search(config.stem)
            needs = NEEDS.search(config.read_text(encoding="utf-8"))
            yield Case(
                config=config.relative_to(root).as_posix(),
                part=part,
                group=folder.name,
                strength=strength[1] if strength else "",
                expected=expected_of(config, healthy=healthy),
                needs=needs[1] if needs else "",
            )


def _folders(root: Path, part: Part) -> list[Path]:
    configs = root / "configs"
    programs = "programs" if part == "tuning" else "unseen"
    alike = [configs / "patients", configs / "healthy"] if part == "tuning" else []
    return [*alike, *sorted(folder for folder in configs.glob(f"{programs}/*") if folder.is_dir())]


def _faults(ids: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(name.strip() for name in fault.split("|")) for fault in ids.split(","))


def _of_faults(faults: tuple[tuple[str, ...], ...]) -> Expected:
    return Expected(kind="fault" if len(faults) == 1 else "faults", faults=faults)
