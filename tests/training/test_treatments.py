"""Which known causes can be treated, and by what."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cnndoctor.catalogue import all_checks
from cnndoctor.evidence import SetupEvidence
from cnndoctor.evidence.first_batch import ReshapeFact
from cnndoctor.training.rivals import permuting
from cnndoctor.training.treatments import (
    BARE,
    DESCENDING,
    HELD,
    SIGMOID,
    SQUEEZED,
    TREATMENTS,
    WIDENED,
    treatment_of,
)
from tests.healthy import healthy_data, healthy_first_batch, healthy_setup
from tests.healthy import healthy_evidence as seen


def with_loss(name: str) -> SetupEvidence:
    """Return a healthy setup whose loss is this one of torch."""
    setup = healthy_setup()
    return replace(setup, loss=replace(setup.loss, name=name, known=True, inner=""))


def test_every_treated_cause_is_a_check() -> None:
    """No id is misspelt, and what is treated is a cause."""
    causes = {check.id for check in all_checks() if check.role == "cause"}
    assert causes >= set(TREATMENTS)


def test_causes_are_treated_together_or_not_at_all() -> None:
    """Two causes make one change that says both; the same treatment is named once; one without treatment forbids all."""
    both = treatment_of(("softmax-before-cross-entropy", "unregistered-layers"), seen())
    assert both is not None
    assert (both.bare_output, both.all_held) == (True, True)
    assert both.words == f"{BARE.words} and {HELD.words}"
    assert treatment_of(("unregistered-layers", "parameters-not-in-optimizer"), seen()) == HELD
    assert treatment_of(("unregistered-layers", "labels-out-of-range"), seen()) is None
    assert treatment_of((), seen()) is None


@pytest.mark.parametrize(
    ("output", "target", "treatment"),
    [
        ((8, 1), (8,), SQUEEZED),
        ((8,), (8, 1), WIDENED),
        ((8, 5, 1), (8, 5), SQUEEZED),
        ((8, 1), (8, 5), None),
        ((), (), None),
    ],
)
def test_shapes_are_brought_together_where_one_axis_differs(
    output: tuple[int, ...], target: tuple[int, ...], treatment: object
) -> None:
    """A last axis of size one is dropped or added; other shapes have no treatment."""
    first = healthy_first_batch()
    first = replace(first, loss=replace(first.loss, output_shape=output, target_shape=target))
    assert treatment_of(("broadcast-targets",), seen(first_batch=first)) == treatment


@pytest.mark.parametrize(
    ("loss", "through"),
    [
        pytest.param("BCEWithLogitsLoss", "", id="raw scores"),
        pytest.param("BCELoss", "sigmoid", id="probabilities"),
    ],
)
def test_a_loss_keeps_what_it_wants_when_an_activation_is_taken_off(loss: str, through: str) -> None:
    """A bare output would be refused by a loss of probabilities: it gets the right activation instead of none."""
    treatment = treatment_of(("single-unit-softmax",), seen(setup=with_loss(loss)))
    assert treatment is not None
    assert (treatment.bare_output, treatment.output_through) == (True, through)


def test_a_softmax_is_turned_to_the_classes() -> None:
    """A loss of log-probabilities gets them over the class axis, one of raw scores gets raw scores, another nothing."""
    first = healthy_first_batch()
    first = replace(first, output=replace(first.output, shape=(4, 3, 8, 8), class_axis=1))
    cause = ("softmax-over-wrong-axis",)
    turned = treatment_of(cause, seen(first_batch=first, setup=with_loss("NLLLoss")))
    assert turned is not None
    assert (turned.bare_output, turned.output_through, turned.class_axis) == (True, "log_softmax", 1)
    assert treatment_of(cause, seen(first_batch=first, setup=with_loss("CrossEntropyLoss"))) == BARE
    assert treatment_of(cause, seen(first_batch=first, setup=with_loss("MSELoss"))) is None


@pytest.mark.parametrize(
    ("loss", "sums", "through"),
    [
        pytest.param("BCELoss", (), SIGMOID.output_through, id="probabilities"),
        pytest.param("NLLLoss", (), "log_softmax", id="log-probabilities of scores"),
        pytest.param("NLLLoss", (1,), "log", id="log-probabilities of probabilities"),
    ],
)
def test_scores_become_what_the_loss_wants(loss: str, sums: tuple[int, ...], through: str) -> None:
    """Each loss of (log-)probabilities gets what it is defined for."""
    first = healthy_first_batch()
    first = replace(first, output=replace(first.output, sums_to_one=sums, class_axis=1))
    treatment = treatment_of(
        ("logits-into-probability-loss",), seen(first_batch=first, setup=with_loss(loss))
    )
    assert treatment is not None
    assert treatment.output_through == through


def test_a_wrong_rate_becomes_the_suggested_one() -> None:
    """The whole schedule is scaled to the suggestion; without a suggestion there is no treatment."""
    evidence = seen()
    assert evidence.lr_range is not None
    found = replace(evidence.lr_range, suggestion=0.02, configured_peak=2.0)
    treatment = treatment_of(("learning-rate-too-high",), seen(lr_range=found))
    assert treatment is not None
    assert treatment.lr_factor == pytest.approx(0.01)
    blind = replace(found, suggestion=math.nan)
    assert treatment_of(("learning-rate-too-low",), seen(lr_range=blind)) is None


def test_an_optimizer_that_climbs_is_turned_round() -> None:
    """``maximize`` is treated; a loss with the wrong sign of its own is not."""
    setup = healthy_setup()
    climbs = replace(setup, optimizer=replace(setup.optimizer, maximize=True))
    assert treatment_of(("loss-goes-the-wrong-way",), seen(setup=climbs)) == DESCENDING
    assert treatment_of(("loss-goes-the-wrong-way",), seen()) is None


def test_what_was_reshaped_is_put_right_where_it_was() -> None:
    """A data set that scrambles is undone there, a forward that does gets permutes; neither has no treatment."""
    cause, first, data = ("scrambled-reshape",), healthy_first_batch(), healthy_data()
    viewed = ReshapeFact(before=(32, 16, 8), after=(32, 8, 16), scrambles=True)
    forward = seen(first_batch=replace(first, reshapes=(viewed,)))
    assert treatment_of(cause, forward) == permuting([viewed])
    scrambled = replace(data, train=replace(data.train, scrambled="colours-last"))
    undone = treatment_of(cause, replace(forward, data=scrambled))
    assert undone is not None
    assert (undone.unscramble, undone.permuted) == ("colours-last", ())
    assert treatment_of(cause, seen()) is None


def test_missing_activations_are_put_in_where_chains_are_known() -> None:
    """Layers in a row get a ReLU each but the last; without a known chain there is no treatment."""
    chained = replace(healthy_first_batch(), linear_chains=("a → b",))
    treatment = treatment_of(("missing-nonlinearity",), seen(first_batch=chained))
    assert treatment is not None
    assert treatment.activated == ("a",)
    assert treatment_of(("missing-nonlinearity",), seen()) is None


@pytest.mark.parametrize(
    "cause", sorted(cause for cause, treatment in TREATMENTS.items() if callable(treatment))
)
def test_what_nobody_saw_has_no_treatment_by_evidence(cause: str) -> None:
    """Where the stages before saw nothing, a treatment that goes by what they see is none, or a bare output."""
    blind = seen(setup=None, data=None, first_batch=None, lr_range=None)
    assert treatment_of((cause,), blind) in {None, BARE}


@pytest.mark.parametrize(("penalty", "name"), [(0.5, "no-penalty"), (0.0, "no-weight-decay")])
def test_what_dominates_is_left_out(penalty: float, name: str) -> None:
    """A penalty that the step reports is treated, and weight decay where it reports none."""
    first = healthy_first_batch()
    first = replace(first, loss=replace(first.loss, penalty=penalty))
    treatment = treatment_of(("regularization-dominates",), seen(first_batch=first))
    assert treatment is not None
    assert treatment.name == name
