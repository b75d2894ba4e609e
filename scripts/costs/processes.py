"""Start-up of commands, and judging and rendering a saved run, as whole processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from costs.measuring import seconds_of
from costs.rows import Row
from costs.works import ROOT


def start_rows(repeats: int) -> Iterator[Row]:
    """Measure commands that need no torch, each in a process of its own, and those that import it."""
    config = str(ROOT / "configs" / "digits.yaml")
    seconds_of([sys.executable, "-c", "import torch"])
    torch_seconds = median(seconds_of([sys.executable, "-c", "import torch"]) for _ in range(repeats))
    cases = (
        ("--help", ("--help",), 0.3),
        ("checks", ("checks",), 0.3),
        ("explain", ("explain", "dead-relu"), 0.3),
        ("schema", ("schema",), 0.3),
        ("validate --static", ("validate", "--static", config), 0.3),
        ("validate", ("validate", config), torch_seconds + 0.5),
    )
    for name, arguments, limit in cases:
        command = [sys.executable, "-m", "cnndoctor", *arguments]
        seconds_of(command)  # compiles what is not compiled yet
        seconds = median(seconds_of(command) for _ in range(repeats))
        note = f"import torch alone: {torch_seconds:.2f} s" if limit > 0.3 else ""
        yield Row(name=f"start/{name}", value=seconds, limit=limit, unit="s", note=note)


def judge_rows(scratch: Path, repeats: int) -> Iterator[Row]:
    """Measure judging a saved run again, and writing its report, after the start-up."""
    runs = scratch / "runs"
    program = [sys.executable, "-m", "cnndoctor"]
    config = str(ROOT / "configs" / "digits.yaml")
    seconds_of(
        [*program, "diagnose", config, "-q", "--out", str(runs), "--profile", "smoke", "--fail-on", "never"]
    )
    folder = next(iter(runs.glob("*/*/report.json"))).parent
    start = median(seconds_of([*program, "checks"]) for _ in range(repeats))
    for name, arguments in (("recheck", ["recheck"]), ("render html", ["render", "--format", "html"])):
        seconds_of([*program, *arguments, str(folder)])
        spent = median(seconds_of([*program, *arguments, str(folder)]) for _ in range(repeats))
        yield Row(
            name=f"judge/{name}",
            value=max(0.0, spent - start),
            limit=0.3,
            unit="s",
            note=f"above {start:.2f} s of start-up",
        )
