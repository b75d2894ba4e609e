"""Saved examinations beside the experiments they are of: what ``clinic.py --keep`` left, read once and judged often."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cnndoctor.config import load
from cnndoctor.errors import CnndoctorError
from cnndoctor.evidence import Evidence
from cnndoctor.judge import Rules
from cnndoctor.runs.run_folder import RunFolder
from scoreboard.cases import Case

# <case>-<seed>/<name>/<time>-<hash>, below each folder that was kept.
FINISHED = "*/*/*/report.json"
SEED = re.compile(r"-(\d+)$")
COMMENT = re.compile(r"(?m)^\s*#.*\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedRun:
    """One finished examination on disk.

    Attributes:
        folder: Folder of the run, the one with ``evidence``.
        case: The experiment as the repository has it now.
        seed: The seed it was examined with.
    """

    folder: Path
    case: Case
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The newest examination of each experiment and seed, and why others were left out.

    Attributes:
        runs: Ordered by experiment and seed.
        left_out: Reason → examinations.
    """

    runs: tuple[SavedRun, ...]
    left_out: Mapping[str, int]


def saved_runs(folders: Iterable[Path], cases: Iterable[Case], root: Path) -> Found:
    """Find the newest finished examination of each experiment and seed.

    Args:
        folders: What ``clinic.py --keep`` was given.
        cases: The experiments that are known.
        root: The repository.
    """
    known = {case.config: case for case in cases}
    newest: dict[tuple[str, int], SavedRun] = {}
    left_out: Counter[str] = Counter()
    reports = [report for folder in folders for report in folder.glob(FINISHED)]
    for folder in sorted((report.parent for report in reports), key=lambda run: run.name):
        seed = SEED.search(folder.parents[1].name)
        if seed is None:
            continue
        case, reason = _case_of(folder, known, root)
        if case is None:
            left_out[reason] += 1
            continue
        key = (case.config, int(seed[1]))
        left_out["examined again later"] += key in newest
        newest[key] = SavedRun(folder=folder, case=case, seed=int(seed[1]))
    runs = tuple(newest[key] for key in sorted(newest))
    return Found(runs=runs, left_out={reason: count for reason, count in sorted(left_out.items()) if count})


def evidence_of(run: SavedRun) -> Evidence:
    """Return what a run saw; that it reads was seen when it was found."""
    return RunFolder(path=run.folder).read_evidence()


def rules_of(run: SavedRun, root: Path) -> Rules:
    """Return what the experiment's own file says about the checks."""
    config = load(root / run.case.config)
    return Rules(thresholds=config.thresholds, ignore=config.ignore)


def _case_of(folder: Path, known: Mapping[str, Case], root: Path) -> tuple[Case | None, str]:
    """Return the experiment of a run, or why there is none: a label of today says nothing of what was changed since."""
    try:
        evidence = RunFolder(path=folder).read_evidence()
        examined = (folder / "config.yaml").read_text(encoding="utf-8")
    except (CnndoctorError, OSError):
        return None, "with evidence that does not read"
    case = known.get(evidence.experiment.path)
    if case is None:
        return None, "of experiments that are gone"
    now = (root / case.config).read_text(encoding="utf-8")
    if COMMENT.sub("", examined) != COMMENT.sub("", now):
        return None, "of experiments that were changed since"
    return case, ""
