"""Promises of learning-rate-collapses."""

import math
from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.learning_rate.learning_rate_collapses import learning_rate_collapses as check
from cnndoctor.finding import Severity
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evidence, healthy_train

PROGRESS = [i / 200 for i in range(201)]


def found(rate, train=None, **settings):
    """Judge a planned rate, given as a function of progress."""
    changes = {"setup.planned_lr": tuple((p, rate(p)) for p in PROGRESS), "train": train}
    return run(check, evidence_with(changes | settings)).finding


def test_healthy_is_silent():
    """A cosine over the run is no collapse."""
    assert run(check, healthy_evidence()).finding is None


@pytest.mark.parametrize("rate", [
    lambda p: 0.05,
    lambda p: 0.05 * (1 + math.cos(math.pi * p)) / 2,
    lambda p: 0.1 * 0.1 ** ((p >= 0.3) + (p >= 0.6) + (p >= 0.9)),
    lambda p: min(1.0, p / 0.6) * 0.1,
    lambda p: 0.05 * (1 + math.cos(8 * math.pi * p)) / 2,
    lambda p: 0.1 * 0.001**p,
])  # fmt: skip
def test_common_schedules_are_silent(rate):
    """Constant, cosine, steps, warm-up, restarts and a gentle exponential all leave a rate to learn with."""
    assert found(rate, failed_train()) is None


def test_a_decay_per_batch_is_found():
    """A tenth every three steps is gone at once; the remedy steps it once an epoch."""
    finding = found(
        lambda p: 0.1 * 0.1 ** int(p * 100), failed_train(), **{"experiment.scheduler_interval": "step"}
    )
    assert finding is not None
    assert finding.confidence >= 0.95
    assert finding.remedies[0].patch == {"scheduler.interval": "epoch"}


def test_before_the_training_only_a_few_steps_are_sure():
    """A collapse at a fifth of the run may still leave a trained model: the training decides."""
    finding = found(lambda p: 0.1 * 1e-10**p)
    assert finding is not None
    assert finding.confidence < 0.9


def test_a_run_that_trains_well_is_not_blamed():
    """All that was needed may have been learnt before."""
    assert found(lambda p: 0.1 * 1e-20**p, healthy_train()) is None


def test_a_rate_of_zero_throughout_is_no_collapse():
    """A frozen first group has nothing to collapse from."""
    assert found(lambda p: 0.0) is None


def test_a_plateau_schedule_is_skipped():
    """What depends on the losses cannot be planned."""
    assert run(check, evidence_with({"setup.planned_lr": ()})).status == "skipped"


@pytest.mark.parametrize(
    ("constant", "named"), [((0.99, 0.99), True), ((0.97, 0.99), False)], ids=["halved", "one seed"]
)
def test_a_run_that_trains_well_is_blamed_by_paired_runs(constant: tuple[float, ...], named: bool) -> None:
    """Half of the error gone at a constant rate, on both seeds, is a warning; without that proof nothing is said."""
    pairs = replace(paired_trials({"as-configured": (0.96, 0.97), "no-schedule": constant}), reason="asked")
    finding = found(lambda p: 0.05 * 0.1 ** (p * 60 // 3), healthy_train(), trials=pairs)
    assert (finding is not None) is named
    assert finding is None or finding.severity is Severity.WARNING
    assert finding is None or "At a constant rate the same run gets 2%" in finding.message
