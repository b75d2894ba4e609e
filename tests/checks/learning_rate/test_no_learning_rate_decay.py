"""Promises of no-learning-rate-decay."""

import random

from cnndoctor.check import run
from cnndoctor.checks.learning_rate.no_learning_rate_decay import no_learning_rate_decay as check
from cnndoctor.finding import Severity
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_train

RNG = random.Random(0)
PLATEAU = tuple([2.3 - 0.03 * i for i in range(45)] + [0.9 + RNG.gauss(0, 0.3) for _ in range(90)])


def found(train, scheduler=""):
    """Judge a run without a schedule."""
    return run(check, evidence_with({"experiment.scheduler": scheduler, "train": train}))


def test_a_noisy_plateau_at_a_constant_rate_is_a_note():
    """A hint, never more."""
    finding = found(failed_train(losses=PLATEAU)).finding
    assert finding is not None
    assert finding.confidence <= 0.5
    assert check.severity is Severity.NOTE


def test_good_runs_and_schedules_are_silent():
    """A run that ends well needs no decay; one that has a schedule is not advised to add one."""
    assert found(healthy_train()).finding is None
    assert (
        found(failed_train(losses=PLATEAU), scheduler="torch.optim.lr_scheduler.StepLR").status == "skipped"
    )


def test_a_loss_that_still_falls_is_silent():
    """No plateau, no hint."""
    assert found(failed_train(losses=tuple(2.3 - 0.015 * i for i in range(135)))).finding is None
