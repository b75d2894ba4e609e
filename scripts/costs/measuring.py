"""CPU seconds and bytes: of a call, of ways that take turns, of a process of its own."""

from __future__ import annotations

import atexit
import gc
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import torch

from cnndoctor.context import Context
from cnndoctor.evidence import Evidence, ExperimentEvidence, FailuresEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.observers import Observers
from costs.works import ROOT


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of a call, and what it returns."""
    gc.collect()
    started = time.process_time()
    result = work()
    return time.process_time() - started, result


def interleaved(
    bare: Callable[[], float], ways: Sequence[Callable[[], float]], rounds: int
) -> tuple[list[float], float, float]:
    """Return the median ratio of each way, the noise of the bare way, and its milliseconds; the ways swap places."""
    ratios: list[list[float]] = [[] for _ in ways]
    noises, bases = [], []
    for run in (bare, *ways):  # warm-up: allocators, caches, and imports that a way makes when it first runs
        run()
    for turn in range(rounds):
        first = bare()
        order = list(range(len(ways)))
        spent = dict.fromkeys(order, 0.0)
        for way in order if turn % 2 else reversed(order):
            spent[way] = ways[way]()
        last = bare()
        base = (first + last) / 2
        bases.append(base)
        noises.append(abs(first - last) / base)
        for way, seconds in spent.items():
            ratios[way].append(seconds / base)
    return [median(values) for values in ratios], median(noises), 1000 * median(bases)


def seconds_of(command: Sequence[str]) -> float:
    """Return the CPU seconds of a process and its children; its modules are compiled, as those of an installed program are."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPYCACHEPREFIX": str(_compiled())}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = os.times()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=False, env=environment)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@cache
def _compiled() -> Path:
    """Return where measured processes keep compiled modules; installing writes them, a checkout may be told not to."""
    folder = tempfile.mkdtemp(prefix="cnndoctor-bench-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def apart(work: Callable[[str], Any], argument: str) -> Any:  # noqa: ANN401 - what the work returns
    """Run it in a fresh process with one thread, which has imported the same as every other."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        pool.submit(torch.set_num_threads, 1).result()
        return pool.submit(work, argument).result()


def peak() -> int:
    """Return the bytes of this process at its peak so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def context_of(experiment: Experiment, tell: Observers) -> Context:
    """Return what a stage is given that runs by itself."""
    described = ExperimentEvidence(name="bench", path="", lines={}, task=experiment.task.value)
    return Context(
        experiment=experiment, so_far=Evidence(experiment=described, failures=FailuresEvidence()), tell=tell
    )
