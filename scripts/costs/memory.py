"""Memory at its peak of a watched and of a bare run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from cnndoctor.config import load
from cnndoctor.observers import Observers
from cnndoctor.opening import open_experiment
from cnndoctor.probes.layers import LayerMonitor
from cnndoctor.stages.train import course_of
from costs.measuring import apart, context_of, peak
from costs.rows import Row
from costs.training import bare_epochs
from costs.works import MEMORY_WORK, opened


def memory_rows(scratch: Path) -> Iterator[Row]:
    """Measure the memory at its peak of a watched and a bare run, each in a process of its own."""
    for work in MEMORY_WORK:
        config = opened(work, scratch, epochs=1).config.path
        bare = median(apart(_bare_apart, str(config)) for _ in range(3))
        watched = median(apart(_watched_apart, str(config)) for _ in range(3))
        note = f"{bare / 2**20:.0f} to {watched / 2**20:.0f} MiB of the process at its peak"
        yield Row(name=f"memory/{work.name}", value=watched / bare, limit=1.05, note=note)


def _bare_apart(config: str) -> int:
    experiment = open_experiment(load(Path(config)))
    next(bare_epochs(experiment.fresh()))
    return peak()


def _watched_apart(config: str) -> int:
    experiment = open_experiment(load(Path(config)))
    session = experiment.fresh()
    course_of(context_of(experiment, Observers([])), session).go(LayerMonitor(session.model))
    return peak()
