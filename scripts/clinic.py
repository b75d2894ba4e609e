"""The scoreboard: examines every patient and every healthy run, and shows which causes were named and which alarms were false.

    python scripts/clinic.py --seeds 0 1 2 --jobs 2 --only 'healthy/*' --out clinic.md

Reads nothing but each run's ``report.json``. Exits 1 when a patient's cause is missed or a healthy run is flagged.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

ROOT = Path(__file__).resolve().parent.parent
# Several causes are named one beside the other; a sentence after "planted:" is for people, and the file's name counts.
PLANTED = re.compile(
    r"^#\s*planted:\s*(?P<ids>[a-z0-9]+(-[a-z0-9]+)+(\s*,\s*[a-z0-9]+(-[a-z0-9]+)*)*)\.?\s*$", re.MULTILINE
)
STDERR_TAIL = 300
# One thread a job: jobs run side by side, and a run's numbers must not hang on how many there are.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One experiment with one seed.

    Attributes:
        config: The experiment file.
        seed: Its seed.
        planted: Causes of which one must come first; empty for a healthy run.
    """

    config: Path
    seed: int
    planted: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return folder and stem, for example ``healthy/mlp``."""
        return f"{self.config.parent.name}/{self.config.stem}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the examination said.

    Attributes:
        case: What was examined.
        seconds: Wall time of the whole command.
        verdict: As in the report; ``no report`` when there is none.
        causes: (check, severity, confidence, symptoms) in the report's order.
        trouble: Stages and checks of ours that crashed, or what the command said instead of a report.
    """

    case: Case
    seconds: float
    verdict: str
    causes: tuple[tuple[str, str, float, tuple[str, ...]], ...] = ()
    trouble: str = ""
    messages: dict[str, str] = field(default_factory=dict)

    @property
    def above_note(self) -> list[str]:
        """Return the checks that are causes above a note, in order."""
        return [check for check, severity, _, _ in self.causes if severity != "note"]

    @property
    def errors(self) -> list[str]:
        """Return the checks that are causes at error level."""
        return [check for check, severity, _, _ in self.causes if severity == "error"]

    @property
    def named_first(self) -> bool:
        """Return whether the first cause above a note is a planted one."""
        return bool(self.above_note) and self.above_note[0] in self.case.planted

    @property
    def named_among_three(self) -> bool:
        """Return whether a planted cause is among the first three."""
        return any(check in self.case.planted for check in self.above_note[:3])

    @property
    def well(self) -> bool:
        """Return whether the examination said what it had to."""
        if self.trouble:
            return False
        return self.named_first if self.case.planted else self.verdict == "healthy"


def main(  # noqa: PLR0917 - typer reads the options from here
    more: Annotated[
        list[int] | None,
        typer.Argument(metavar="[SEED]...", help="More seeds, after --seeds.", show_default=False),
    ] = None,
    seeds: Annotated[list[int] | None, typer.Option("--seeds", help="Seeds. Default: 0.")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Examinations side by side.")] = 2,
    only: Annotated[
        list[str] | None, typer.Option("--only", help="Glob of 'patients/<id>' or 'healthy/<name>'.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Also write the table to this file.")] = None,
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep the runs in this folder.")] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds before one is given up.")] = 300.0,
    options: Annotated[
        list[str] | None,
        typer.Option("--option", help="Handed on to diagnose, for example --option=--keep-going."),
    ] = None,
) -> None:
    """Examine every patient and healthy run, and print who was understood and who was not."""
    cases = list(_cases([*(seeds or [0]), *(more or [])], only or ["*"]))
    if not cases:
        print("no experiment matches", file=sys.stderr)
        raise typer.Exit(2)
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep or Path(scratch)
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            results = []
            for result in pool.map(lambda case: _examine(case, folder, timeout, options or []), cases):
                results.append(result)
                print(_live_line(result, len(results), len(cases)), file=sys.stderr, flush=True)
    table = "\n".join(_table(results))
    print(table)
    if out is not None:
        out.write_text(table + "\n", encoding="utf-8")
    raise typer.Exit(0 if all(result.well for result in results) else 1)


def _cases(seeds: Sequence[int], globs: Sequence[str]) -> Iterator[Case]:
    """Yield healthy runs and patients that match; the planted cause is the file's name or its ``# planted:`` comment."""
    for group in ("healthy", "patients"):
        for config in sorted((ROOT / "configs" / group).glob("*.yaml")):
            if not any(fnmatch.fnmatch(f"{group}/{config.stem}", glob) for glob in globs):
                continue
            for seed in seeds:
                yield Case(config=config, seed=seed, planted=_planted(config) if group == "patients" else ())


def _planted(config: Path) -> tuple[str, ...]:
    said = PLANTED.search(config.read_text(encoding="utf-8"))
    if said is None:
        return (config.stem,)
    return tuple(part.strip() for part in said["ids"].split(",") if part.strip())


def _examine(case: Case, folder: Path, timeout: float, options: Sequence[str]) -> Result:
    """Run ``cnndoctor diagnose`` in a process of its own and read its report."""
    out = folder / f"{case.name.replace('/', '-')}-{case.seed}"
    command = [sys.executable, "-m", "cnndoctor", "diagnose", str(case.config.relative_to(ROOT)), "-q"]
    command += [
        "--seed",
        str(case.seed),
        "--out",
        str(out),
        "--format",
        "json",
        "--fail-on",
        "never",
        *options,
    ]
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, **ONE_THREAD},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Result(
            case=case, seconds=timeout, verdict="no report", trouble=f"not done after {timeout:.0f} s"
        )
    seconds = time.perf_counter() - started
    report = _last_report(out)
    if report is None:
        said = " ".join(done.stderr.split())[-STDERR_TAIL:]
        return Result(
            case=case, seconds=seconds, verdict="no report", trouble=said or f"exit code {done.returncode}"
        )
    return _result(case, seconds, report)


def _last_report(out: Path) -> dict[str, Any] | None:
    reports = sorted(out.glob("*/*/report.json"), key=lambda path: path.stat().st_mtime)
    return json.loads(reports[-1].read_text(encoding="utf-8")) if reports else None


def _result(case: Case, seconds: float, report: dict[str, Any]) -> Result:
    crashed = [
        f"{stage['name']}: {stage['note']}" for stage in report["stages"] if stage["status"] == "crashed"
    ]
    crashed += [f"{o['check']}: {o['reason']}" for o in report["outcomes"] if o["status"] == "crashed"]
    # A patient's own code may raise; that is a finding. A healthy run must come through every stage.
    ours = [words for words in crashed if not case.planted or "own fault" in words]
    return Result(
        case=case,
        seconds=seconds,
        verdict=report["verdict"],
        causes=tuple(
            (c["check"], c["severity"], c["confidence"], tuple(s["check"] for s in c["symptoms"]))
            for c in report["causes"]
        ),
        trouble="; ".join(ours),
        messages={c["check"]: c["message"] for c in report["causes"]},
    )


def _live_line(result: Result, done: int, total: int) -> str:
    mark = "ok " if result.well else "BAD"
    first = result.above_note[0] if result.above_note else result.verdict
    who = f"{result.case.name} seed {result.case.seed}"
    return f"[{done}/{total}] {mark} {who}: {first} ({result.seconds:.0f} s) {result.trouble}"


def _table(results: Sequence[Result]) -> Iterator[str]:
    patients = [result for result in results if result.case.planted]
    healthy = [result for result in results if not result.case.planted]
    if patients:
        yield from _patients(patients)
    if healthy:
        yield from _healthy(healthy)
    seconds = [result.seconds for result in results]
    yield f"{len(results)} examinations, {sum(seconds):.0f} s in all, slowest {max(seconds):.0f} s."


def _patients(results: Sequence[Result]) -> Iterator[str]:
    yield "## Patients\n"
    yield "| patient | seed | cause first | among three | what came first | confidence | s |"
    yield "|---|---|---|---|---|---|---|"
    for result in results:
        top = next((cause for cause in result.causes if cause[1] != "note"), None)
        said = result.trouble or (", ".join(result.above_note[:3]) or result.verdict)
        confidence = f"{top[2]:.2f}" if top else ""
        yield (
            f"| {result.case.config.stem} | {result.case.seed} | {_yes(result.named_first)} | {_yes(result.named_among_three)}"
            f" | {'' if result.named_first and not result.trouble else said} | {confidence} | {result.seconds:.0f} |"
        )
    first, three = sum(r.named_first for r in results), sum(r.named_among_three for r in results)
    yield f"\nCause first: {first} of {len(results)}; among the first three: {three} of {len(results)}.\n"


def _healthy(results: Sequence[Result]) -> Iterator[str]:
    yield "## Healthy runs\n"
    yield "| run | seed | verdict | false alarms | s |"
    yield "|---|---|---|---|---|"
    for result in results:
        alarms = [
            f"{check} ({severity}, {confidence:.2f})"
            for check, severity, confidence, _ in result.causes
            if severity != "note"
        ]
        said = "; ".join([*alarms, result.trouble] if result.trouble else alarms)
        yield f"| {result.case.config.stem} | {result.case.seed} | {result.verdict} | {said} | {result.seconds:.0f} |"
    flagged, errors = sum(bool(r.above_note) for r in results), sum(bool(r.errors) for r in results)
    yield f"\nHealthy: {sum(r.well for r in results)} of {len(results)}."
    yield f"Flagged above a note: {flagged}; at error level: {errors}.\n"
    for result in results:
        for check in result.above_note:
            yield f"- {result.case.config.stem}, seed {result.case.seed}, {check}: {result.messages[check]}"
    yield ""


def _yes(truth: object) -> str:
    return "yes" if truth else "NO"


if __name__ == "__main__":
    typer.run(main)
