"""Promises of model-too-small."""

from dataclasses import replace
from typing import Any

from cnndoctor.check import run
from cnndoctor.checks.model.model_too_small import model_too_small as check
from cnndoctor.evidence.overfit import Rung
from cnndoctor.evidence.setup import Layer
from cnndoctor.finding import Finding
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


def test_a_needles_eye_that_still_creeps() -> None:
    """One unit and hardly any weights are named though the best attempt still falls; one sign alone then is not."""
    evidence = healthy_evidence()
    assert evidence.overfit is not None
    assert evidence.setup is not None
    rung = Rung(
        name="lr*10",
        change="lr",
        lr=0.05,
        steps=300,
        loss_start=2.4,
        loss_end=1.2,
        score=0.5,
        reached=False,
        falling=True,
    )
    overfit = replace(
        evidence.overfit,
        configured=replace(rung, name="as-configured"),
        rungs=(rung,) * 8,
        rescued_by="",
        parameters=85,
    )
    neck = Layer(path="squeeze", kind="Linear", parameters=65, calls=1, position=0, output_shape=(32, 1))
    head = Layer(path="out", kind="Linear", parameters=20, calls=1, position=1, output_shape=(32, 10))
    setup = replace(evidence.setup, layers=(neck, head))
    found = check(overfit, setup, None, None)
    assert isinstance(found, Finding)
    assert "rests there" not in found.message
    assert check(replace(overfit, parameters=8_500), setup, None, None) is None
