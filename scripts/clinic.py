"""The benchmark: examines experiments whose answer is known, and writes the scoreboard ``docs/clinic.md``.

    python scripts/clinic.py --part all --seeds 0 1 2 --jobs 2 --results build/clinic.jsonl --out docs/clinic.md
    python scripts/clinic.py --merge a.jsonl --merge b.jsonl --harm harm.json --out docs/clinic.md

An experiment whose file says `# needs: mnist.npz` is skipped unless `CNNDOCTOR_DATA` names a folder with that file.
What is in the results file for the same code, experiment and seed is not examined again, so that an interrupted run goes
on where it was. Exits 1 when a planted cause is missed or a healthy run is flagged.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cnndoctor.catalogue import all_checks
from cnndoctor.finding import Grade
from scoreboard.baselines import most_frequent_fault
from scoreboard.cases import DATA, PARTS, Case, Part, cases
from scoreboard.examine import Examiner, examiner
from scoreboard.material import Catalogue, Material
from scoreboard.page import page
from scoreboard.records import Record, append, latest, load
from scoreboard.scoring import score_record
from scoreboard.state import experiment_hash

ROOT = Path(__file__).resolve().parent.parent


class Asked(StrEnum):
    """Which part of the clinic."""

    TUNING = "tuning"
    TEST = "test"
    ALL = "all"

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return the parts that this means."""
        return tuple(part for part in PARTS if self in {Asked.ALL, part})


def main(  # noqa: PLR0917 - typer reads the options from here
    more: Annotated[
        list[int] | None,
        typer.Argument(metavar="[SEED]...", help="More seeds, after --seeds.", show_default=False),
    ] = None,
    seeds: Annotated[list[int] | None, typer.Option("--seeds", help="Seeds. Default: 0.")] = None,
    part: Annotated[Asked, typer.Option("--part", help="Which part.")] = Asked.ALL,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Glob of 'patients/<id>', 'healthy/<name>' or '<program>/<name>'."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="Examinations side by side.")] = 2,
    results: Annotated[
        Path | None, typer.Option("--results", help="JSON lines: read what is known, add what is new.")
    ] = None,
    merge: Annotated[
        list[Path] | None,
        typer.Option("--merge", help="Examine nothing; make the page of these results.", exists=True),
    ] = None,
    harm: Annotated[
        list[Path] | None,
        typer.Option("--harm", help="What harm.py --json wrote; shown on the page.", exists=True),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the page here too.")] = None,
    keep: Annotated[Path | None, typer.Option("--keep", help="Keep the runs in this folder.")] = None,
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds before one is given up.")] = 300.0,
    options: Annotated[
        list[str] | None,
        typer.Option("--option", help="Handed on to diagnose, for example --option=--keep-going."),
    ] = None,
) -> None:
    """Examine planted faults and healthy runs, and write who was understood and who was not."""
    try:
        chosen = cases(ROOT, part.parts, only or ["*"])
        constant = most_frequent_fault(cases(ROOT, ("tuning",)))
    except ValueError as error:
        print(error, file=sys.stderr)
        raise typer.Exit(2) from error
    catalogue = _catalogue()
    if merge:
        records = latest(load(merge))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            by = examiner(ROOT, keep or Path(scratch), timeout, options or [])
            every_seed = sorted({*(seeds or []), *(more or [])}) or [0]
            asked = [(case, by.blank(case, seed)) for case in _runnable(chosen) for seed in every_seed]
            records = _examined(by, asked, jobs=jobs, results=results, catalogue=catalogue)
    material = _material(chosen, records, catalogue, constant, harm or [])
    if not material.pairs:
        print("no experiment matches", file=sys.stderr)
        raise typer.Exit(2)
    text = page(material)
    print(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    raise typer.Exit(0 if all(_well(case, record, catalogue) for case, record in material.pairs) else 1)


def _runnable(chosen: Sequence[Case]) -> list[Case]:
    """Return the experiments whose data are there; say of which kinds the others are."""
    absent = Counter(case.needs for case in chosen if not case.can_run)
    for needs, count in absent.items():
        print(f"{count} experiments skipped: {needs} is not in the folder that {DATA} names", file=sys.stderr)
    return [case for case in chosen if case.can_run]


def _examined(
    by: Examiner,
    asked: Sequence[tuple[Case, Record]],
    *,
    jobs: int,
    results: Path | None,
    catalogue: Catalogue,
) -> list[Record]:
    """Examine what is not yet in the results file, and add it there as it comes in."""
    known = {record.key: record for record in load([results] if results else [])}
    # What ended without a report is tried again.
    done = [known[blank.key] for _, blank in asked if blank.key in known and known[blank.key].has_report]
    missing = [pair for pair in asked if pair[1].key not in {record.key for record in done}]
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for case, record in zip(
            (case for case, _ in missing), pool.map(lambda pair: by.examine(*pair), missing), strict=True
        ):
            done.append(record)
            if results is not None:
                append(results, record)
            print(_live_line(case, record, catalogue, len(done), len(asked)), file=sys.stderr, flush=True)
    return done


def _material(
    chosen: Sequence[Case],
    records: Sequence[Record],
    catalogue: Catalogue,
    constant: str,
    harm: Sequence[Path],
) -> Material:
    """Put records beside their experiments, in the page's order; leave out what was changed since."""
    now = {case.config: experiment_hash(ROOT / case.config) for case in chosen}
    own = [record for record in records if record.config in now]
    fresh = sorted(
        (record for record in own if record.experiment == now[record.config]), key=lambda record: record.seed
    )
    return Material(
        pairs=tuple((case, record) for case in chosen for record in fresh if record.config == case.config),
        catalogue=catalogue,
        constant=constant,
        stale=len(own) - len(fresh),
        harm=tuple(row for path in harm for row in json.loads(path.read_text(encoding="utf-8"))),
    )


def _catalogue() -> Catalogue:
    checks = all_checks()
    return Catalogue(
        family_of={check.id: check.family for check in checks},
        hints=frozenset(check.id for check in checks if check.grade is Grade.C),
    )


def _well(case: Case, record: Record, catalogue: Catalogue) -> bool:
    return not record.crashes and score_record(case.expected, record, catalogue.hints).well


def _live_line(case: Case, record: Record, catalogue: Catalogue, done: int, total: int) -> str:
    mark = "ok " if _well(case, record, catalogue) else "BAD"
    loud = [said.check for said in record.causes if said.severity != "note"]
    said = ", ".join([*loud[:3], *record.crashes]) or record.verdict
    return f"[{done}/{total}] {mark} {case.name} seed {record.seed}: {said} ({record.seconds:.0f} s)"


if __name__ == "__main__":
    typer.run(main)
