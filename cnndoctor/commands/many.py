"""Several experiments in one go: one after the other or side by side, told in order, with one summary and one exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cnndoctor.ci.cache import Cache
from cnndoctor.config import Config
from cnndoctor.errors import ExitCode, RunNotReadable
from cnndoctor.report import Report
from cnndoctor.reporters.json import read
from cnndoctor.reporters.numbers import duration
from cnndoctor.reporters.printable import one_line
from cnndoctor.reporting.gate import exit_code

# Worst first: over several experiments the process tells the worst of what happened.
WORST_FIRST = (
    ExitCode.INTERRUPTED,
    ExitCode.INTERNAL,
    ExitCode.USAGE,
    ExitCode.FINDINGS,
    ExitCode.STAGE_UNABLE,
    ExitCode.OK,
)
_WORDS = {
    ExitCode.OK: "passed",
    ExitCode.FINDINGS: "failed",
    ExitCode.USAGE: "does not run as written",
    ExitCode.INTERNAL: "fault of cnndoctor",
    ExitCode.STAGE_UNABLE: "a stage could not run",
    ExitCode.INTERRUPTED: "interrupted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What became of one experiment among several.

    Attributes:
        config: The experiment file.
        report: What was concluded; None when it never came to that.
        broken: Why it ended otherwise than with a report: interrupted, wrong usage, own fault; OK when it did not.
        said: What it had to say beside the report: warnings, or the error that ended it.
        cached: Whether the report is an earlier one, taken from the cache.
    """

    config: Config
    report: Report | None = None
    broken: ExitCode = ExitCode.OK
    said: str = ""
    cached: bool = False


def examined_in_order(
    configs: Sequence[Config], examine: Callable[[Config], Examination], jobs: int
) -> Iterator[Examination]:
    """Examine experiments, ``jobs`` at a time, and yield them in the order given, each as soon as those before it are done.

    After an interruption nothing new is begun; what is under way is waited for.

    Args:
        configs: The experiments.
        examine: Examines one; with more than one job it is called from threads.
        jobs: How many at a time.
    """
    if jobs == 1:
        for config in configs:
            examination = examine(config)
            yield examination
            if examination.broken is ExitCode.INTERRUPTED:
                return
        return
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(examine, config) for config in configs]
        told = 0
        try:
            for future in futures:
                examination = future.result()
                told += 1
                yield examination
        except KeyboardInterrupt:
            begun = [future for future in futures if not future.cancel()]
            yield from (future.result() for future in begun[told:])


def examine_apart(config: Config, arguments: Sequence[str], *, jobs: int) -> Examination:
    """Examine one experiment in a process of its own, by our own command line.

    Args:
        config: The experiment.
        arguments: Options of ``diagnose``; format, progress and gate are ours.
        jobs: How many such processes share the machine.
    """
    own = ["--format", "json", "--quiet", "--fail-on", "never"]
    command = [
        sys.executable,
        "-P",
        "-m",
        "cnndoctor",
        "--isolated",
        "diagnose",
        str(config.path),
        *arguments,
        *own,
    ]
    done = subprocess.run(  # noqa: S603 - ourselves
        command, capture_output=True, stdin=subprocess.DEVNULL, env=_environment(jobs), check=False
    )
    said = done.stderr.decode("utf-8", "replace").strip()
    try:
        report = read(done.stdout.decode("utf-8", "replace"))
    except RunNotReadable:
        return Examination(
            config=config, broken=_broken(done.returncode), said=said or _ended(done.returncode)
        )
    interrupted = done.returncode == ExitCode.INTERRUPTED
    return Examination(
        config=config, report=report, said=said, broken=ExitCode.INTERRUPTED if interrupted else ExitCode.OK
    )


def through_cache(
    examine: Callable[[Config], Examination], kept: Cache, key: Callable[[Config], str]
) -> Callable[[Config], Examination]:
    """Return ``examine`` with a memory: an experiment whose key is known is not examined again.

    Kept are examinations that came to an end; what a crash or an interruption left behind is tried again next time.

    Args:
        examine: Examines one experiment.
        kept: Where reports are kept.
        key: Names what the report of an experiment depends on.
    """

    def look_up_or_examine(config: Config) -> Examination:
        name = key(config)
        report = kept.look_up(name)
        if report is not None:
            return Examination(config=config, report=report, cached=True)
        examination = examine(config)
        done = examination.report
        if done is not None and examination.broken is ExitCode.OK and exit_code(done, "never") is ExitCode.OK:
            kept.keep(name, done)
        return examination

    return look_up_or_examine


def _environment(jobs: int) -> dict[str, str]:
    """Return the surroundings of a process: where cnndoctor is found, and its share of the cores."""
    home = str(Path(__file__).parents[2])
    before = os.environ.get("PYTHONPATH")
    share = max(1, (os.cpu_count() or 1) // jobs)
    return {
        "OMP_NUM_THREADS": str(share),  # what the user set stands below and wins
        **os.environ,
        "PYTHONPATH": os.pathsep.join([home, before] if before else [home]),
    }


def _broken(returned: int) -> ExitCode:
    try:
        code = ExitCode(returned)
    except ValueError:  # killed by a signal, or an exit of the user's own code
        return ExitCode.INTERNAL if returned >= 0 else ExitCode.USAGE
    return ExitCode.INTERNAL if code is ExitCode.OK else code


def _ended(returned: int) -> str:
    if returned >= 0:
        return f"error: the examination ended with exit code {returned} and without a report."
    name = signal.Signals(-returned).name
    why = "; often the memory did not suffice: use fewer jobs (-j)" if name == "SIGKILL" else ""
    return f"error: the examination was ended by {name}{why}."


def worst(codes: Sequence[ExitCode], *, not_begun: int = 0) -> ExitCode:
    """Return the exit code that stands for all; experiments that were not begun mean an interruption."""
    if not_begun:
        return ExitCode.INTERRUPTED
    return min(codes, key=WORST_FIRST.index, default=ExitCode.OK)


def summary(examinations: Sequence[Examination], codes: Sequence[ExitCode], *, not_begun: int = 0) -> str:
    """Return a table with a line for each experiment, and a last line with counts and the exit code.

    Args:
        examinations: What became of each.
        codes: The exit code of each.
        not_begun: How many an interruption left over.
    """
    head = ("EXPERIMENT", "RESULT", "VERDICT", "FOREMOST CAUSE", "TIME")
    rows = [head, *(_row(each, code) for each, code in zip(examinations, codes, strict=True))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    table = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    counts = [f"{codes.count(code)} {_WORDS[code]}" for code in reversed(WORST_FIRST) if code in codes]
    counts += [f"{not_begun} not begun"] if not_begun else []
    total = len(examinations) + not_begun
    code = worst(codes, not_begun=not_begun)
    named = f"{total} experiment{'s' if total != 1 else ''}"
    return "\n".join([*table, f"{named}: {', '.join(counts) or 'nothing to do'}; exit code {int(code)}"])


def _row(examination: Examination, code: ExitCode) -> tuple[str, ...]:
    report = examination.report
    if report is None:
        return one_line(str(examination.config.path)), _WORDS[code], "-", "-", "-"
    cause = report.causes[0] if report.causes else None
    foremost = f"{cause.severity} {cause.check}, {cause.confidence:.0%}" if cause else "-"
    seconds = "cached" if examination.cached else duration(report.seconds)
    return one_line(str(examination.config.path)), _WORDS[code], report.verdict.value, foremost, seconds
