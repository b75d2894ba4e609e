"""Findings a repository already knew when it took cnndoctor up: kept in a file, told apart from new ones.

An entry names an experiment, a check and a place, and no numbers: a finding keeps its entry while its numbers change.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnndoctor import codec
from cnndoctor.diagnosis import verdict_of
from cnndoctor.errors import RunNotReadable, UsageError
from cnndoctor.finding import Outcome
from cnndoctor.report import Cause, Report
from cnndoctor.reporters.fingerprint import fingerprint

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Entry:
    """One known finding.

    Attributes:
        config: The experiment file, from the folder of the baseline.
        check: The check that found it.
        place: The config key or layer it sits in, for people; empty when it has none.
        fingerprint: What it is recognised by.
    """

    config: str
    check: str
    place: str = ""
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The content of a baseline file."""

    version: int = VERSION
    findings: tuple[Entry, ...] = ()


def read(path: Path) -> Baseline:
    """Read a baseline file.

    Raises:
        UsageError: It is missing or damaged; the message says what makes a new one.
    """
    try:
        baseline = codec.loads(Baseline, path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"there is no baseline '{path}'; --write-baseline {path} makes one.") from None
    except (OSError, UnicodeDecodeError, RunNotReadable) as error:
        raise UsageError(f"the baseline '{path}' cannot be read: {error}") from None
    if baseline.version != VERSION:
        raise UsageError(
            f"the baseline '{path}' has version {baseline.version}; this cnndoctor reads {VERSION}."
        )
    return baseline


def write(path: Path, reports: Sequence[Report]) -> int:
    """Write what was found as known; entries of experiments that were not examined and still exist stay.

    Args:
        path: The baseline file; made or replaced.
        reports: What was examined.

    Returns:
        How many entries the file has now.
    """
    examined = {_config(report, path) for report in reports}
    before = read(path).findings if path.is_file() else ()
    kept = (
        entry for entry in before if entry.config not in examined and (path.parent / entry.config).exists()
    )
    found = (_entry(cause, report, path) for report in reports for cause in report.causes)
    entries = tuple(sorted({*kept, *found}))
    # Written by hand: one line an entry, so that two people's additions do not collide in git.
    lines = ",\n".join(f"  {json.dumps(codec.encode(entry))}" for entry in entries)
    body = f"[\n{lines}\n ]" if entries else "[]"
    codec.write_atomically(path, f'{{\n "version": {VERSION},\n "findings": {body}\n}}\n')
    return len(entries)


def without_known(report: Report, baseline: Baseline, path: Path) -> Report:
    """Return a report in which the known findings are no causes: their checks are ignored, with the baseline as reason.

    Args:
        report: What was examined.
        baseline: What is known.
        path: The file it was read from.
    """
    prints = {entry.fingerprint for entry in baseline.findings if entry.config == _config(report, path)}
    known = [cause for cause in report.causes if fingerprint(cause, report) in prints]
    if not known:
        return report
    new = tuple(cause for cause in report.causes if cause not in known)
    reasons = {
        symptom.check: f"symptom of {cause.check}, known" for cause in known for symptom in cause.symptoms
    }
    reasons |= {cause.check: f"known: it stands in {path.name}" for cause in known}
    still = {cause.check for cause in new} | {symptom.check for cause in new for symptom in cause.symptoms}
    outcomes = tuple(
        _ignored(outcome, reasons) if outcome.check not in still else outcome for outcome in report.outcomes
    )
    count = f"{len(known)} known finding{'s' if len(known) > 1 else ''} not counted"
    rest = f"{len(new)} new" if new else "nothing new"
    return replace(
        report,
        causes=new,
        outcomes=outcomes,
        verdict=verdict_of(new, report.stages),
        summary=f"{rest}, {count} ({path.name})",
    )


def stale(reports: Iterable[Report], baseline: Baseline, path: Path) -> tuple[Entry, ...]:
    """Return the entries that nothing stands behind any more.

    An entry is stale when its experiment is gone, or was examined and the check passed. A check that was skipped says
    nothing about its entry.
    """
    by_config = {_config(report, path): report for report in reports}
    return tuple(entry for entry in baseline.findings if _is_stale(entry, by_config.get(entry.config), path))


def _is_stale(entry: Entry, report: Report | None, path: Path) -> bool:
    if report is None:
        return not (path.parent / entry.config).exists()
    if entry.fingerprint in {fingerprint(cause, report) for cause in report.causes}:
        return False
    judged = {outcome.check: outcome.status for outcome in report.outcomes}
    return judged.get(entry.check, "gone") in {"passed", "found", "gone"} and not _is_symptom(entry, report)


def _is_symptom(entry: Entry, report: Report) -> bool:
    return any(symptom.check == entry.check for cause in report.causes for symptom in cause.symptoms)


def _ignored(outcome: Outcome, reasons: dict[str, str]) -> Outcome:
    if outcome.status != "found" or outcome.check not in reasons:
        return outcome
    return replace(outcome, status="ignored", reason=reasons[outcome.check])


def _entry(cause: Cause, report: Report, path: Path) -> Entry:
    place = next((place.name for place in cause.places if place.kind in {"key", "layer"}), "")
    return Entry(
        config=_config(report, path), check=cause.check, place=place, fingerprint=fingerprint(cause, report)
    )


def _config(report: Report, path: Path) -> str:
    """Return the experiment file as seen from the baseline's folder, the same wherever one stands."""
    full = Path(report.config.path).resolve()
    try:
        return Path(os.path.relpath(full, path.resolve().parent)).as_posix()
    except ValueError:  # another drive
        return full.as_posix()
