"""A sweep against as many bare steps, and the stages before the training against twenty bare epochs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from cnndoctor.doctor import Options, diagnose
from cnndoctor.experiment import Experiment
from cnndoctor.observers import Observers
from cnndoctor.rates import band
from cnndoctor.rates.sweep import sweep
from cnndoctor.stages import gradient as gradient_stage
from costs.measuring import context_of, interleaved, timed
from costs.rows import Row
from costs.training import bare_epochs, bare_steps
from costs.works import WORK, opened

SWEEP_STEPS = 100


SWEEP_RANGE = (1e-6, 1e-3)  # where nothing breaks: both ways make the same number of steps


def sweep_row(experiment: Experiment, name: str, rounds: int) -> Row:
    """Measure a sweep against as many bare steps, each with its own construction."""
    rates = band.spaced(*SWEEP_RANGE, SWEEP_STEPS)

    def bare() -> float:
        return timed(lambda: bare_steps(experiment.fresh(), SWEEP_STEPS))[0]

    def swept() -> float:
        return timed(lambda: sweep(experiment, rates, seed=experiment.seed))[0]

    (ratio,), spread, base = interleaved(bare, (swept,), rounds)
    return Row(
        name=f"lr-range/{name}", value=ratio, limit=1.05, bare=base, noise=spread, note=f"{SWEEP_STEPS} steps"
    )


def checklist_rows(scratch: Path, rounds: int) -> Iterator[Row]:
    """Measure the gradient stage, and all stages but the training, against twenty epochs of bare training."""
    experiment = opened(WORK[0], scratch, epochs=20)

    def bare() -> float:
        epochs = bare_epochs(experiment.fresh())
        return timed(lambda: [next(epochs) for _ in range(20)])[0]

    def gradient() -> float:
        return timed(lambda: gradient_stage.run(context_of(experiment, Observers([]))))[0]

    def checklist() -> float:
        options = Options(out=None, skip=("train",))
        return timed(lambda: diagnose(experiment.config, options))[0]

    (one, all_of_them), spread, base = interleaved(bare, (gradient, checklist), min(rounds, 3))
    note = "share of 20 epochs of the small CNN"
    yield Row(name="checklist/gradient stage", value=one, limit=math.inf, bare=base, noise=spread, note=note)
    yield Row(
        name="checklist/without training",
        value=all_of_them,
        limit=math.inf,
        bare=base,
        noise=spread,
        note=note,
    )
