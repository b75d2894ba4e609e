"""The page that is written of a run of the benchmark."""

from __future__ import annotations

import os
import platform
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from cnndoctor.probes.layers import SURE_LOOKS
from costs.published import absent
from costs.rows import Row, table_of


def page_of(rows: Sequence[Row], rounds: int, missing: Sequence[str]) -> str:
    """Return the page: how it was measured, the table, and on what.

    Args:
        rows: What was measured, and the medians.
        rounds: Rounds of each row.
        missing: What was not measured, and why.
    """
    table = "\n".join(table_of(rows))
    asked = shlex.join(_options(sys.argv[1:]))
    absent = f"\nNot measured: {'; '.join(missing)}.\n" if missing else ""
    return f"""# What it costs

Written by `python scripts/bench.py {asked}`; misses included.{QUICK if "--quick" in asked else ""}

Every row with × is a ratio of CPU times against the same work done by hand, in one process with one thread, the median over
{rounds} rounds. *Noise* is how far the bare way is from itself within one round: no row is better known than that. `train/…` is
the watched training run of the train stage with default settings: its loop, layer looks, curves and scores; the bare loop reads
its loss every step and does nothing else, and the two take turns epoch by epoch. `train/… layers` is a residual network of so
many linear layers with tiny batches. `lr-range/…` is one sweep against as many steps by hand. `published/…` is the same work
under others' tools: the training under skorch, the sweep of their finders. `memory/…` is the whole process's peak in both ways.
`checklist/…` is CPU time as a share of twenty epochs. `data/…` is the data stage without its budget against one pass over its
loader; its target is for data sets that take seconds to read. `growth/…` is ten times the samples: time in tenths, memory as
it is. `start/…` and `judge/…` are CPU seconds of whole processes.

Modules of measured processes are compiled beforehand, as those of an installed program are.

`diagnose --overhead 3%` sets what watching may cost in the train stage. The first {SURE_LOOKS} looks at the layers (900 steps)
are made whatever they cost, so that what they show never hangs on a clock; later ones are left out while all that watching took
since then (these looks, curves, scores, logs) is more than its share of the time, but for eight from 1,000 steps to 10,000.

{table}
{absent}
Python {platform.python_version()}, torch {torch.__version__}, {platform.machine()}. Meanwhile {os.getloadavg()[2]:.1f} programs
(a mean over a quarter of an hour) wanted the {os.cpu_count()} processors of the machine: the more, the slower is every program
that wants the same caches, and the less are single rows worth.
"""


QUICK = " `--quick` trains a quarter of the epochs, on which the dense first looks weigh four times as much."


def _options(arguments: Sequence[str]) -> list[str]:
    """Return the options as typed, without those that name a file of this machine."""
    files = ("--mnist", "--cifar", "--out")
    return [
        word
        for before, word in zip(("", *arguments), arguments, strict=False)
        if word not in files and before not in files
    ]


def not_measured(*, mnist: Path | None, cifar: Path | None) -> list[str]:
    """Return what was not measured, and why."""
    said = [
        f"{name} (no {option} given)"
        for name, option, path in (("MNIST", "--mnist", mnist), ("CIFAR-10", "--cifar", cifar))
        if path is None
    ]
    if packages := absent():
        said.append(f"the same work under {', '.join(packages)} (not installed here)")
    return said
