"""Runs ``cnndoctor diagnose`` on one experiment in a process of its own and keeps what its report says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cnndoctor.catalogue import all_checks
from cnndoctor.check import Check
from cnndoctor.finding import Grade
from scoreboard.cases import Case
from scoreboard.records import Record, Said
from scoreboard.state import commit, experiment_hash, package_hash

STDERR_TAIL = 300
# One thread a job: jobs run side by side, and a run's numbers must not hang on how many there are.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examiner:
    """How experiments are examined.

    Attributes:
        root: The repository.
        runs: Folder of the runs.
        timeout: Seconds before an examination is given up.
        options: Handed on to ``diagnose``.
        package: Hash of the package.
        commit: The commit, for people.
    """

    root: Path
    runs: Path
    timeout: float
    options: tuple[str, ...]
    package: str
    commit: str

    def blank(self, case: Case, seed: int) -> Record:
        """Return the record of an examination that has not happened; its key says which one it is."""
        return Record(
            config=case.config,
            seed=seed,
            package=self.package,
            experiment=experiment_hash(self.root / case.config),
            options=" ".join(self.options),
            commit=self.commit,
        )

    def examine(self, case: Case, blank: Record) -> Record:
        """Examine one experiment.

        Args:
            case: The experiment.
            blank: Its record without an answer.
        """
        out = self.runs / f"{case.name.replace('/', '-')}-{blank.seed}"
        started = time.perf_counter()
        try:
            done = self._run(case, blank.seed, out)
        except subprocess.TimeoutExpired:
            said = f"not done after {self.timeout:.0f} s"
            return replace(blank, seconds=self.timeout, crashes=(said,))
        seconds = time.perf_counter() - started
        report = _last_report(out)
        if report is None:
            said = " ".join(done.stderr.split())[-STDERR_TAIL:] or f"exit code {done.returncode}"
            return replace(blank, seconds=seconds, crashes=(said,))
        return answered(replace(blank, seconds=round(seconds, 2)), report)

    def _run(self, case: Case, seed: int, out: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cnndoctor", "diagnose", case.config, "-q", "--seed", str(seed)]
        command += ["--out", str(out), "--format", "json", "--fail-on", "never", *self.options]
        return subprocess.run(
            command,
            cwd=self.root,
            env={**os.environ, **ONE_THREAD},
            capture_output=True,
            text=True,
            timeout=self.timeout,
            check=False,
        )


def examiner(root: Path, runs: Path, timeout: float, options: Sequence[str]) -> Examiner:
    """Return an examiner of the repository's present state."""
    return Examiner(
        root=root,
        runs=runs,
        timeout=timeout,
        options=tuple(options),
        package=package_hash(root),
        commit=commit(root),
    )


def answered(blank: Record, report: Mapping[str, Any]) -> Record:
    """Return the record with what the report says.

    Args:
        blank: The record without an answer.
        report: The content of ``report.json``.
    """
    return replace(
        blank,
        verdict=report["verdict"],
        causes=tuple(
            Said(
                check=cause["check"],
                family=cause["family"],
                severity=cause["severity"],
                confidence=cause["confidence"],
                message=cause["message"],
                symptoms=tuple(symptom["check"] for symptom in cause["symptoms"]),
            )
            for cause in report["causes"]
        ),
        found=tuple(_found(report["outcomes"])),
        crashes=tuple(_crashes(report)),
    )


def _last_report(out: Path) -> dict[str, Any] | None:
    reports = sorted(out.glob("*/*/report.json"), key=lambda path: path.stat().st_mtime)
    return json.loads(reports[-1].read_text(encoding="utf-8")) if reports else None


def _found(outcomes: Iterable[Mapping[str, Any]]) -> Iterator[Said]:
    """Yield each finding as it stands by itself: a hint is a note, since nothing stands beside it."""
    checks = {check.id: check for check in all_checks()}
    for outcome in outcomes:
        check = checks.get(outcome["check"])
        if outcome["status"] == "found" and check is not None:
            finding = outcome["finding"]
            yield Said(
                check=check.id,
                family=check.family,
                severity=_severity(check, finding),
                confidence=finding["confidence"],
            )


def _severity(check: Check, finding: Mapping[str, Any]) -> str:
    return "note" if check.grade is Grade.C else finding.get("severity") or check.severity.value


def _crashes(report: Mapping[str, Any]) -> Iterator[str]:
    """Yield our own faults; what a patient's code raises is a finding, and no crash of ours."""
    for stage in report["stages"]:
        if stage["status"] == "crashed" and "own fault" in stage["note"]:
            yield f"{stage['name']}: {stage['note']}"
    for outcome in report["outcomes"]:
        if outcome["status"] == "crashed":
            yield f"{outcome['check']}: {outcome['reason']}"
