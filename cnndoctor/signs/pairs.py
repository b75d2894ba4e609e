"""Compares short runs at different rates from equal weights over equal batches: which one is clearly better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

from cnndoctor.evidence.lr_range import PairedRun

ERRORS = 2.0  # standard errors of the mean difference over equal batches that count as clear
LEAST_GAIN = 0.1  # share of what the better run has learnt at all
LEARNT = 0.02  # share of the first loss below which a run has learnt nothing: chosen, above the noise of five batches


def by_seed(runs: Sequence[PairedRun]) -> dict[int, dict[float, PairedRun]]:
    """Return the runs by seed and factor; runs of one seed can be compared batch by batch."""
    table: dict[int, dict[float, PairedRun]] = {}
    for run in runs:
        table.setdefault(run.seed, {})[run.factor] = run
    return table


def clearly_better(one: PairedRun, other: PairedRun) -> bool:
    """Return whether ``one`` ended clearly below ``other`` on the same batches; a run that broke is worse than any.

    Args:
        one: A run that must have learnt something itself.
        other: A run of the same seed.
    """
    learnt = one.loss_start - one.eval_end
    if not math.isfinite(learnt) or learnt <= LEARNT * abs(one.loss_start):
        return False
    if not math.isfinite(other.eval_end):
        return True
    differences = [b - a for a, b in zip(one.eval_losses, other.eval_losses, strict=False)]
    gain = fmean(differences) if differences else other.eval_end - one.eval_end
    error = stdev(differences) / math.sqrt(len(differences)) if len(differences) > 1 else 0.0
    return gain > ERRORS * error and gain > LEAST_GAIN * learnt


def learnt_nothing(run: PairedRun) -> bool:
    """Return whether a run broke, or ended where it began or above."""
    return not math.isfinite(run.eval_end) or run.loss_start - run.eval_end <= LEARNT * abs(run.loss_start)


def moved(runs: Sequence[PairedRun], least: float = 0.1) -> bool:
    """Return whether any run has come down by ``least`` of its first loss."""
    return any(run.loss_start - run.eval_end > least * abs(run.loss_start) for run in runs)


def best(runs: Sequence[PairedRun]) -> PairedRun | None:
    """Return the run that ended lowest; None when all broke."""
    whole = [run for run in runs if math.isfinite(run.eval_end)]
    return min(whole, key=lambda run: run.eval_end) if whole else None


def share_learnt(run: PairedRun, of: PairedRun) -> float:
    """Return what a run has learnt against another of the same seed: 1 is as much, 0 nothing; negative when it rose."""
    whole = of.loss_start - of.eval_end
    if not math.isfinite(run.eval_end):
        return -math.inf
    return (run.loss_start - run.eval_end) / whole if whole > 0 else math.nan
