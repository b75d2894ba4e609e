"""One run of a pair: trained for so many steps with one change, and judged as the watched run is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import islice
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from cnndoctor.errors import CnndoctorError
from cnndoctor.evidence.trials import Trial
from cnndoctor.loop import end_epoch, evaluate, steps
from cnndoctor.patient.changes import Change
from cnndoctor.patient.evaluation import Watched, held_out_sample, training_sample
from cnndoctor.patient.session import Session
from cnndoctor.training.bench import Bench
from cnndoctor.training.rivals import LONGER

# Chosen, as seconds and steps are: what the runs of configs/ take without keeping a person waiting for long.
SAMPLES_JUDGED = 400
LOOK_EVERY = 10
BAD_LOOKS = 3
HALF = 0.5  # of the way to the data's statistics, as for batchnorm-statistics-stale


def attempt(bench: Bench, change: Change, seed: int) -> Trial | None:
    """Run one trial; None where the time is over, or where it cannot run (a rival that does not fit this model).

    Args:
        bench: How long, and what it is judged on.
        change: Its difference from the configured run.
        seed: Of model and batches.
    """
    if bench.box.over:
        return None
    try:
        return _run(bench, change, seed)
    except (CnndoctorError, RuntimeError, ValueError, TypeError):
        # The configured run works; a change that breaks it (a swapped activation, say) says nothing about the fault.
        return None


def _run(bench: Bench, change: Change, seed: int) -> Trial:
    session = bench.experiment.fresh(seed=seed, change=change)
    budget = bench.steps * 3 if change is LONGER else bench.steps
    made, finite = _train(session, budget)
    # As much as validation has, as the watched run is judged; without validation as much as would be judged of it.
    judged = min(bench.validation_size or SAMPLES_JUDGED, SAMPLES_JUDGED)
    known, _ = training_sample(bench.experiment, session, judged)
    held_out = held_out_sample(bench.experiment, session, SAMPLES_JUDGED)
    train_loss, train_score = _judged(session, bench, known) if finite else (math.nan, math.nan)
    loss, score = _judged(session, bench, held_out) if finite else (math.nan, math.nan)
    return Trial(
        name=change.name,
        change=change.words,
        seed=seed,
        steps=made,
        train_loss=train_loss,
        train_score=train_score,
        validation_loss=loss,
        validation_score=score,
    )


def _train(session: Session, budget: int) -> tuple[int, bool]:
    """Train for a number of steps; return how many were made and whether the loss stayed finite."""
    made, bad = 0, 0
    while made < budget:
        before = made
        batches = islice(session.train_loader, (budget - made) * session.accumulate)
        for step in steps(session, batches, start=made):
            made = step.index + 1
            if made % LOOK_EVERY == 0:
                bad = 0 if bool(torch.isfinite(step.loss)) else bad + 1
                if bad >= BAD_LOOKS:
                    return made, False
        if made == before:
            break
        end_epoch(session, None)
    return made, True


def running_statistics_arrive(model: nn.Module, made: int) -> bool:
    """Return whether the running statistics of every batch normalisation go half-way to the data's in so many steps.

    Args:
        model: The model.
        made: Steps in training mode.
    """
    momenta = [m.momentum for m in model.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]
    return all(momentum is None or 1 - (1 - momentum) ** made >= HALF for momentum in momenta)


def _judged(session: Session, bench: Bench, batches: Iterable[Any]) -> tuple[float, float]:
    """Return loss and score in eval mode; by statistics of the batch where running ones cannot have arrived.

    Those would hide what the weights have learnt, and tell a change that keeps the layer's inputs near 0 and 1 from others.
    """
    seen = Watched(session, bench.experiment.task)
    stale = not running_statistics_arrive(session.model, bench.steps)
    for batch, computed in evaluate(session, batches, batch_statistics=stale):
        seen.add(batch, computed)
    loss = seen.loss()
    return loss, seen.tally.score() if math.isfinite(loss) else math.nan
