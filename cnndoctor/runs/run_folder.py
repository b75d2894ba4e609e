"""What an examination leaves on disk, and how it is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from cnndoctor import codec
from cnndoctor.errors import RunNotReadable, UsageError
from cnndoctor.evidence import (
    DataEvidence,
    Evidence,
    ExperimentEvidence,
    FailuresEvidence,
    FirstBatchEvidence,
    GradientEvidence,
    LrRangeEvidence,
    OverfitEvidence,
    PicturesEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.report import Report
from cnndoctor.reporters import json as report_json

RECORDS: Mapping[str, type[object]] = {
    "experiment": ExperimentEvidence,
    "failures": FailuresEvidence,
    "setup": SetupEvidence,
    "data": DataEvidence,
    "first_batch": FirstBatchEvidence,
    "overfit": OverfitEvidence,
    "lr_range": LrRangeEvidence,
    "gradient": GradientEvidence,
    "train": TrainEvidence,
    "trials": TrialsEvidence,
    "pictures": PicturesEvidence,
}
DIGITS = 7  # significant digits of a stored number: float32 knows no more


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """The folder of one run: ``runs/<name>/<time>-<short hash>``."""

    path: Path

    @property
    def tensorboard(self) -> Path:
        """Folder of the TensorBoard logs, one sub-folder per stage."""
        return self.path / "tensorboard"

    @property
    def checkpoints(self) -> Path:
        """Folder of the train stage's checkpoints."""
        return self.path / "checkpoints"

    def write(self, name: str, text: str) -> None:
        """Write one file of the folder atomically."""
        codec.write_atomically(self.path / name, text)

    def write_evidence(self, evidence: Evidence, names: tuple[str, ...] = ()) -> None:
        """Write one JSON file per record that is there.

        Args:
            evidence: What the stages saw.
            names: Only these fields of it; empty for all.
        """
        for field in fields(evidence):
            record = getattr(evidence, field.name)
            if record is not None and (not names or field.name in names):
                self.write(
                    f"evidence/{field.name.replace('_', '-')}.json", codec.dumps(record, digits=DIGITS)
                )

    def read_evidence(self) -> Evidence:
        """Return the evidence of this run.

        Raises:
            RunNotReadable: A file is missing or damaged.
        """
        found = {
            name: self._read(f"evidence/{name.replace('_', '-')}.json", record)
            for name, record in RECORDS.items()
        }
        if found["experiment"] is None:
            message = f"'{self.path}' holds no evidence of a run (evidence/experiment.json is missing)."
            raise RunNotReadable(message)
        found["failures"] = found["failures"] or FailuresEvidence()
        return Evidence(**found)  # type: ignore[arg-type]

    def read_report(self) -> Report:
        """Return the report of this run.

        Raises:
            RunNotReadable: report.json is missing or damaged.
        """
        path = self.path / "report.json"
        if not path.is_file():
            example = "runs/digits/20260101-120000-abcdef"
            message = f"'{self.path}' holds no report.json; name the folder of a run, for example {example}."
            raise RunNotReadable(message)
        try:
            return report_json.read(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, RunNotReadable) as error:
            message = f"'{path}' cannot be read: {error}"
            raise RunNotReadable(message) from error

    def _read(self, name: str, record: type[object]) -> object | None:
        path = self.path / name
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            message = f"'{path}' cannot be read: {error}."
            raise RunNotReadable(message) from error
        try:
            return codec.loads(record, text)
        except RunNotReadable as error:
            message = f"'{path}' is damaged or of another version: {error} Diagnose the experiment again."
            raise RunNotReadable(message) from error


def as_stored(evidence: Evidence) -> Evidence:
    """Return the evidence as reading it from disk would: numbers rounded, so that a recheck comes to the very same report."""
    stored = {
        name: None if record is None else codec.loads(RECORDS[name], codec.dumps(record, digits=DIGITS))
        for name, record in ((field.name, getattr(evidence, field.name)) for field in fields(evidence))
    }
    return Evidence(**stored)  # type: ignore[arg-type]


def new_run_folder(base: Path, name: str, sha256: str) -> RunFolder:
    """Create the folder of a new run; a second run in the same second gets a number.

    Args:
        base: Where runs go, for example ``runs``.
        name: Name of the experiment.
        sha256: Hash of its config.
    """
    stamp = datetime.now(tz=UTC).strftime("%Y%m%d-%H%M%S")
    for attempt in range(1, 1000):
        suffix = "" if attempt == 1 else f"-{attempt}"
        path = base / name / f"{stamp}-{sha256[:6]}{suffix}"
        try:
            path.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            message = (
                f"no run can be saved in '{base}': {error.strerror or error}. Name another folder with --out."
            )
            raise UsageError(message) from error
        return RunFolder(path=path)
    message = f"no free run folder under '{base / name}'."
    raise UsageError(message)
