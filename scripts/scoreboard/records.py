"""What one examination said, as one line of JSON; a file of them can be added to, merged and read again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that an examination said is wrong.

    Attributes:
        check: Id of the check.
        family: Its family.
        severity: ``note``, ``warning`` or ``error``.
        confidence: Probability in (0, 1] that it gave.
        message: Its sentence; empty where only the name is kept.
        symptoms: Ids folded under it.
    """

    check: str
    family: str
    severity: str
    confidence: float
    message: str = ""
    symptoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One examination of one experiment with one seed.

    Attributes:
        config: The experiment file, relative to the repository.
        seed: Its seed.
        package: Hash of the cnndoctor package that examined it.
        experiment: Hash of the experiment file without its comments, and of the files beside it that it names.
        options: What was handed on to ``diagnose``.
        commit: The commit it ran on, with a ``+`` where the package was changed.
        seconds: Wall time of the whole command.
        verdict: As in the report; ``no report`` when there is none.
        causes: The ranked diagnosis.
        found: Every finding by itself, before symptoms were folded under causes.
        crashes: Our own faults: stages and checks that broke, or what the command said instead of a report.
    """

    config: str
    seed: int
    package: str
    experiment: str
    options: str = ""
    commit: str = ""
    seconds: float = 0.0
    verdict: str = "no report"
    causes: tuple[Said, ...] = ()
    found: tuple[Said, ...] = ()
    crashes: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int, str, str, str]:
        """Return what makes a second examination say the same."""
        return (self.config, self.seed, self.package, self.experiment, self.options)

    @property
    def has_report(self) -> bool:
        """Return whether the examination ended in a report."""
        return self.verdict != "no report"


def load(paths: Iterable[Path]) -> list[Record]:
    """Return the records of several files, in their order; a file that is not there holds none."""
    lines = (
        line for path in paths if path.exists() for line in path.read_text(encoding="utf-8").splitlines()
    )
    return [_record(json.loads(line)) for line in lines if line.strip()]


def append(path: Path, record: Record) -> None:
    """Add one line; what was written stays when a later examination is interrupted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(record), ensure_ascii=False) + "\n")


def latest(records: Iterable[Record]) -> list[Record]:
    """Return for each experiment and seed the record that came last."""
    last: dict[tuple[str, int], Record] = {}
    for record in records:
        last[record.config, record.seed] = record
    return list(last.values())


def _record(plain: Mapping[str, Any]) -> Record:
    return Record(
        **{
            **plain,
            "causes": _said(plain.get("causes", ())),
            "found": _said(plain.get("found", ())),
            "crashes": tuple(plain.get("crashes", ())),
        }
    )


def _said(plain: Iterable[Mapping[str, Any]]) -> tuple[Said, ...]:
    return tuple(Said(**{**one, "symptoms": tuple(one.get("symptoms", ()))}) for one in plain)
