"""Holds every threshold of every check against saved runs: what other values would find, and writes ``docs/thresholds.md``.

    python scripts/clinic.py --part all --keep runs
    python scripts/thresholds.py runs --out docs/thresholds.md

Nothing is examined again: the newest run of each experiment and seed is read once and judged by each check alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cnndoctor.catalogue import all_checks
from scoreboard.cases import cases
from scoreboard.saved_runs import Found, evidence_of, rules_of, saved_runs
from scoreboard.state import commit
from scoreboard.thresholds_page import Thresholds, thresholds_page
from scoreboard.thresholds_tally import KnownRun, tally

ROOT = Path(__file__).resolve().parent.parent
EVERY = 50  # runs between two words to who waits


def main(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", help="What clinic.py --keep left.", exists=True)
    ],
    out: Annotated[Path | None, typer.Option("--out", help="Write the page here too.")] = None,
) -> None:
    """Judge saved runs with every threshold at half and twice, a tenth and ten times, and say which of them matter."""
    found = saved_runs(folders, cases(ROOT), ROOT)
    if not found.runs:
        print("no finished run of a known experiment in these folders", file=sys.stderr)
        raise typer.Exit(2)
    checks = all_checks()
    material = Thresholds(
        runs=found.runs,
        left_out=found.left_out,
        checks=checks,
        tally=tally(_read(found), checks),
        commit=commit(ROOT),
    )
    text = thresholds_page(material)
    print(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")


def _read(found: Found) -> Iterator[KnownRun]:
    """Yield the runs one by one: the evidence of a thousand does not lie in memory at once."""
    for place, run in enumerate(found.runs):
        if place % EVERY == 0:
            print(f"[{place}/{len(found.runs)}]", file=sys.stderr, flush=True)
        yield KnownRun(expected=run.case.expected, evidence=evidence_of(run), rules=rules_of(run, ROOT))


if __name__ == "__main__":
    typer.run(main)
