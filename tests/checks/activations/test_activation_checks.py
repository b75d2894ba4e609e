"""Dead and saturated units count where the run suffers, and never by the share of zeros alone."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.catalogue import by_id
from cnndoctor.check import run
from cnndoctor.evidence.train import LayerSeries
from cnndoctor.finding import Severity
from tests.changed import failed_train
from tests.healthy import healthy_evaluation, healthy_evidence, healthy_train


def layer(dead: tuple[float, ...] = (), saturated: float = 0.0) -> LayerSeries:
    """Return an activation."""
    return LayerSeries(path="block.1", kind="ReLU", dead_units=dead, saturated=saturated)


def test_a_dead_layer_at_chance_is_an_error() -> None:
    """A layer without any living unit cuts the network in two."""
    train = failed_train(layers=(layer((1.0, 1.0)),))
    finding = run(by_id("dead-relu"), healthy_evidence(train=train)).finding
    assert finding is not None
    assert finding.severity is Severity.ERROR
    assert finding.places[0].name == "block.1"


def test_a_dead_layer_that_leaves_no_gradient_is_an_error_whatever_the_score() -> None:
    """A run that starts well and stands still from then on is told, unless there is nothing left to learn or it still moves."""
    judged = healthy_evaluation("validation", 120, 0.3, 0.8)
    still = replace(layer((1.0, 1.0)), gradient_rms=())
    below = replace(layer(), path="block.0", kind="Conv2d", gradient_rms=(0.1, 0.0, 0.0, 0.0, 0.0, 0.0))
    train = replace(healthy_train(), validation=judged, layers=(below, still))
    finding = run(by_id("dead-relu"), healthy_evidence(train=train)).finding
    assert finding is not None
    assert finding.severity is Severity.ERROR
    assert "nothing was learnt" in finding.message
    perfect = replace(train, validation=healthy_evaluation("validation", 120, 0.01, 0.999))
    moving = replace(train, layers=(replace(below, gradient_rms=(0.1, 0.0, 0.0, 0.0, 0.0, 0.1)), still))
    for other in (perfect, moving):
        assert not run(by_id("dead-relu"), healthy_evidence(train=other)).finding


def test_half_dead_and_healthy_is_silent() -> None:
    """Many dead units in a run that trains well are no fault; nor are those of one pass only."""
    assert not run(
        by_id("dead-relu"), healthy_evidence(train=replace(healthy_train(), layers=(layer((0.9, 0.9)),)))
    ).finding
    assert not run(
        by_id("dead-relu"), healthy_evidence(train=failed_train(layers=(layer((0.9, 0.1)),)))
    ).finding


def test_saturated_hidden_units_are_found_but_not_those_of_the_output() -> None:
    """A sigmoid at its ends inside the network is a fault; the last one may be sure of itself."""
    train = failed_train(layers=(layer(saturated=0.9),))
    assert run(by_id("saturated-units"), healthy_evidence(train=train)).finding
    last = replace(train, last_activation="block.1")
    assert not run(by_id("saturated-units"), healthy_evidence(train=last)).finding
