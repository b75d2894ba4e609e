"""Promises of model-too-small."""

from dataclasses import replace
from typing import Any

from cnndoctor.check import run
from cnndoctor.checks.model.model_too_small import model_too_small as check
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence, healthy_overfit, healthy_train

STUCK = replace(healthy_overfit().configured, steps=400, loss_end=1.3, score=0.5, reached=False)


def found(rung=STUCK, train=None, **facts: Any):
    """Judge a ladder whose every rung came equally far."""
    overfit = replace(healthy_overfit(), configured=rung, parameters=85, rungs=(rung,) * 9)
    return run(check, evidence_with({"overfit": replace(overfit, **facts), "train": train}))


def test_healthy_is_silent():
    """What is learnt by heart is not too small."""
    assert run(check, healthy_evidence()).finding is None


def test_few_weights_that_come_to_rest_half_way_are_found():
    """Something is learnt, nothing leads further, and there is hardly a weight per bit."""
    finding = found(train=failed_train()).finding
    assert finding is not None
    assert "85 trainable weights" in finding.message


def test_a_large_model_is_stuck_for_another_reason():
    """Many weights and no bottleneck: not the size."""
    assert found(parameters=10_000).finding is None


def test_what_learns_nothing_still_falls_or_is_rescued_is_silent():
    """Chance is a fault of the chain, a falling loss wants steps, a rescue names another cause."""
    assert found(replace(STUCK, score=0.125)).finding is None
    assert found(replace(STUCK, falling=True)).finding is None
    assert found(rescued_by="adam-0.001").finding is None
    assert found(train=healthy_train()).finding is None
