"""Names the config key that sets the (peak) learning rate, and the value to write there."""

from __future__ import annotations

import math

from cnndoctor.evidence import ExperimentEvidence, LrRangeEvidence
from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.finding import Place, Remedy


def rate_key(experiment: ExperimentEvidence) -> str:
    """Return the key that holds the rate: a one-cycle schedule's ``max_lr`` overrules the optimizer's ``lr``.

    Args:
        experiment: The facts of the file.
    """
    for key in ("scheduler.max_lr", "optimizer.lr"):
        if key in experiment.settings or key in experiment.lines:
            return key
    return "optimizer"


def rate_places(experiment: ExperimentEvidence) -> tuple[Place, ...]:
    """Return the place of the rate in the file."""
    return (Place(kind="key", name=rate_key(experiment)),)


def suggested_rate(lr_range: LrRangeEvidence, winner: PairedRun) -> float:
    """Return the rate that the range test suggests, or the one at which a paired run won where it suggests none."""
    return lr_range.suggestion if math.isfinite(lr_range.suggestion) else winner.lr


def set_rate(experiment: ExperimentEvidence, lr: float, text: str) -> Remedy:
    """Return the remedy that sets the rate, with a patch where the file names it plainly.

    Args:
        experiment: The facts of the file.
        lr: The rate to train with; NaN when none is known.
        text: The imperative sentence.
    """
    key = rate_key(experiment)
    patch = {key: float(f"{lr:.2g}")} if math.isfinite(lr) and key in experiment.settings else {}
    return Remedy(text=text, patch=patch)
