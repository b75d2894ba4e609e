"""Measures what the examination costs, as ratios against the same work without it, and says which targets hold.

    python scripts/bench.py --out docs/performance.md
    python scripts/bench.py --quick --only 'train/*'

Everything is CPU time of one process with one thread. The ways of one row take turns within it, each round begins and ends
with the bare way, and the row is the median over rounds: what the machine does meanwhile cancels out.
Rows of published tools (skorch, torch-lr-finder, pytorch-ignite) are measured where these are installed.
"""

from __future__ import annotations

import fnmatch
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import torch
import typer

from costs.data import data_row, data_sets, growth_rows
from costs.memory import memory_rows
from costs.page import not_measured, page_of
from costs.processes import judge_rows, start_rows
from costs.published import published_rows
from costs.rows import Row, line_of, summary_of, table_of
from costs.stages import checklist_rows, sweep_row
from costs.training import training_rows
from costs.works import DEPTHS, WORK, opened


def main(
    *,
    quick: Annotated[
        bool, typer.Option("--quick", help="About a minute: shorter runs, fewer rounds.")
    ] = False,
    only: Annotated[list[str] | None, typer.Option("--only", help="Glob of row names; repeatable.")] = None,
    rounds: Annotated[int, typer.Option(help="Rounds; 0: 7, or 3 with --quick.")] = 0,
    mnist: Annotated[Path | None, typer.Option("--mnist", help="mnist.npz, for its row.")] = None,
    cifar: Annotated[
        Path | None, typer.Option("--cifar", help="Archive of train/<class>/*.jpg, for its row.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the table to this Markdown file.")
    ] = None,
) -> None:
    """Measure, print the table, and write it to a file; exits 0 also when targets are missed, for they are the result."""
    torch.set_num_threads(1)
    rounds = rounds or (3 if quick else 7)
    rows: list[Row] = []
    globs = only or ["*"]
    missing = not_measured(mnist=mnist, cifar=cifar)
    with tempfile.TemporaryDirectory() as scratch:
        for row in _rows(Path(scratch), globs, rounds, (mnist, cifar), quick=quick):
            rows.append(row)
            print(line_of(row), file=sys.stderr, flush=True)
            if out is not None:  # after every row: whoever interrupts it keeps what was measured
                out.write_text(page_of([*rows, *summary_of(rows)], rounds, missing), encoding="utf-8")
    if not rows:
        print("no row matches", file=sys.stderr)
        raise typer.Exit(2)
    print("\n".join(table_of([*rows, *summary_of(rows)])))


def _rows(
    scratch: Path, globs: Sequence[str], rounds: int, real: tuple[Path | None, Path | None], *, quick: bool
) -> Iterator[Row]:
    """Measure one row after the other."""

    def wanted(*names: str) -> bool:
        return any(fnmatch.fnmatch(name, glob) for name in names for glob in globs)

    if wanted("start/checks"):
        yield from start_rows(1 if quick else 5)
    if wanted("judge/recheck"):
        yield from judge_rows(scratch, 1 if quick else 5)
    for work in (*WORK, *DEPTHS):
        if wanted(f"train/{work.name}", f"train+TensorBoard/{work.name}"):
            epochs = max(1, work.epochs // 4) if quick else work.epochs
            yield from training_rows(opened(work, scratch, epochs=epochs), work.name, scratch, rounds)
    for work in WORK[:2]:
        if wanted(f"lr-range/{work.name}"):
            yield sweep_row(opened(work, scratch), work.name, rounds)
    if wanted("published/any"):
        yield from published_rows(opened(WORK[0], scratch, epochs=WORK[0].epochs), WORK[0].name, rounds)
    if wanted("memory/any"):
        yield from memory_rows(scratch)
    if wanted("checklist/any"):
        yield from checklist_rows(scratch, rounds)
    for name, experiment in data_sets(scratch, *real, quick=quick):
        if wanted(f"data/{name}"):
            yield data_row(experiment, name, rounds)
    if wanted("growth/any"):
        yield from growth_rows(scratch, quick=quick)


if __name__ == "__main__":
    typer.run(main)
