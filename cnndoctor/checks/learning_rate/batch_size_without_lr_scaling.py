"""A usual learning rate beside an unusual batch size."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import (
    ExperimentEvidence,
    LrRangeEvidence,
    SetupEvidence,
    TrainEvidence,
)
from cnndoctor.finding import Finding, NotApplicable, Place, Severity
from cnndoctor.signs.rate_key import rate_places, set_rate
from cnndoctor.signs.success import held_out_gain

# Rates that recipes and libraries give, each found at batches of 32 to 256: torch's own defaults, AlexNet's and ResNet's.
PLAIN_DEFAULTS = (0.1, 0.01, 0.001)
ADAPTIVE_DEFAULTS = (0.01, 1e-3, 3e-4, 1e-4)


@check(severity=Severity.NOTE, grade="C")
def batch_size_without_lr_scaling(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    lr_range: LrRangeEvidence,
    train: TrainEvidence | None,
    *,
    low_batch: int = 32,
    high_batch: int = 256,
    min_off: float = 3.0,
    good_gain: float = 0.9,
) -> Judgement:
    """The learning rate is a usual default, the batch size is not, and the rate is off the way the batch size predicts.

    What it measures:
        Samples of an optimizer step (batch size times ``train.accumulate``) outside 32 to 256, a rate that libraries and
        recipes give as default, and the suggestion of the range test: at least three times above the rate for larger batches,
        or below it for smaller ones. A run that gets nine tenths of the way from
        chance to perfect is not blamed.
    Why it matters:
        A default rate was found at some batch size. With k times the batch there are k times fewer steps, each with less
        noise: the rate may grow by k with SGD, by the square root of k with Adam, and has to, for the same progress in an
        epoch. With small batches the same rate overshoots.
    How to fix:
        Scale the rate with the batch: linearly for SGD, by the square root for Adam and its kin; or take the suggestion of the
        range test, best anew for every batch size (a hyper-parameter search varies both together, on a logarithmic scale).
        Warm large rates up over the first epochs. With data-parallel training the batch of a step is that of all devices.
    When it is not a fault:
        A rate that was tuned at this batch size; any run that trains well.

    References:
        - P. Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017, arXiv:1706.02677
        - S. Malladi et al., "On the SDEs and scaling rules for adaptive gradient algorithms", 2022, arXiv:2205.10287
        - limits are ours, held by saved runs of scripts/clinic.py, but for ``low_batch``, chosen (docs/thresholds.md)
    """
    samples = experiment.batch_size * experiment.accumulate
    if not samples or not math.isfinite(lr_range.suggestion) or lr_range.configured_peak <= 0:
        return NotApplicable(reason="the batch size is not in the file, or the range test suggests no rate")
    edge = low_batch if samples < low_batch else high_batch
    if low_batch <= samples <= high_batch or (train is not None and held_out_gain(train) >= good_gain):
        return None
    adaptive = setup.optimizer.adaptive
    lr = lr_range.configured_peak
    factor = math.sqrt(samples / edge) if adaptive else samples / edge
    off = lr_range.suggestion / lr
    if not _usual(lr, adaptive=adaptive) or (off < min_off if factor > 1 else off > 1 / min_off):
        return None
    rule = "the square root" if adaptive else "linear scaling"
    return Finding(
        message=(
            f"The learning rate of {lr:.3g} is a default for batches of {low_batch} to {high_batch} samples; with {samples} in "
            f"a step {rule} asks for about {lr * factor:.2g}, and the range test suggests {lr_range.suggestion:.2g} "
            f"({off:.2g} times as much, limit {min_off if factor > 1 else 1 / min_off:.2g})."
        ),
        confidence=0.6,
        places=(Place(kind="key", name="data.loader.batch_size"), *rate_places(experiment)),
        measured={
            "samples": samples,
            "lr": lr,
            "scaled_lr": lr * factor,
            "suggestion": lr_range.suggestion,
        },
        remedies=(
            set_rate(
                experiment, lr_range.suggestion, f"Set the learning rate to about {lr_range.suggestion:.2g}."
            ),
        ),
    )


def _usual(lr: float, *, adaptive: bool) -> bool:
    """Return whether a rate is one that libraries and recipes give."""
    return any(math.isclose(lr, usual) for usual in (ADAPTIVE_DEFAULTS if adaptive else PLAIN_DEFAULTS))
