"""The learning-rate range test: sweeps, usable band, suggestion, and the configured rate against them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One exponential sweep.

    Attributes:
        seed: Seed of model and data order.
        lrs: Learning rate of each step (first group).
        losses: Raw loss of each step; NaN where it was not finite.
        smoothed: Smoothed loss.
        stopped: end, diverged, collapsed, not-finite.
        signal: Drop of the loss over its noise (signal-to-noise ratio).
        low: Where the loss first clearly falls; NaN when nowhere.
        minimum: Rate of the smoothed minimum.
        high: Edge of divergence; NaN when never reached.
    """

    seed: int
    lrs: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    stopped: str
    signal: float
    low: float = float("nan")
    minimum: float = float("nan")
    high: float = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedRun:
    """A short training run from the same start at another constant rate: the confirmation.

    Attributes:
        factor: Rate relative to the configured peak rate.
        lr: The rate.
        seed: Seed.
        steps: Steps made.
        loss_start: Loss of the scored batches before the run: equal for all runs of one seed.
        loss_end: Mean loss of the last sixth of the steps; NaN when it was not finite.
        loss_std: Standard error of ``loss_end`` from batch to batch.
        eval_end: Loss over the same held-in batches after the run, eval-free (training mode, no step); NaN when broken.
        eval_losses: The same, batch by batch: runs of one seed are compared on equal batches.
    """

    factor: float
    lr: float
    seed: int
    steps: int
    loss_start: float
    loss_end: float
    loss_std: float = 0.0
    eval_end: float = float("nan")
    eval_losses: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LrRangeEvidence:
    """What rates this experiment can use.

    Attributes:
        configured: Configured rate of the first group (initial).
        configured_peak: Highest rate of the planned schedule (warm-up, one-cycle); equals ``configured`` otherwise.
        schedule: constant, decaying, warmup or plateau.
        band: (low, high) usable rates; empty when nothing trains.
        suggestion: Suggested rate; NaN when there is none.
        suggestion_low: Smallest suggestion over the seeds of the sweeps.
        suggestion_high: Largest suggestion over the seeds of the sweeps.
        rule: How the suggestion was found, in words.
        refusal: Why there is no suggestion; empty when there is one.
        sweeps: One per seed.
        paired: Confirmation runs around the configured rate.
        rungs: Short runs around the rate that the sweeps suggest, in the shape of the planned schedule; their factor is
            relative to that rate. Empty where none were made.
        restored: Whether model, optimizer, RNG and modes were bit-identical afterwards.
        steps: Steps made in all.
        seconds: Wall time.
        group_ratios: Rates of all groups relative to the first.
    """

    configured: float
    configured_peak: float
    schedule: str = "constant"
    band: tuple[float, ...] = ()
    suggestion: float = float("nan")
    suggestion_low: float = float("nan")
    suggestion_high: float = float("nan")
    rule: str = ""
    refusal: str = ""
    sweeps: tuple[Sweep, ...] = ()
    paired: tuple[PairedRun, ...] = ()
    rungs: tuple[PairedRun, ...] = ()
    restored: bool = True
    steps: int = 0
    seconds: float = 0.0
    group_ratios: tuple[float, ...] = (1.0,)
