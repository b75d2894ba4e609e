"""Promises of the check ``validation-missing``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.validation_missing import validation_missing
from cnndoctor.evidence.data import Overlap
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment


def test_no_validation_is_a_note() -> None:
    """Without validation a note is left."""
    finding = validation_missing(replace(healthy_experiment(), has_validation=False), None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_validation_that_is_training_is_an_error() -> None:
    """The same data set on both sides is an error."""
    data = replace(healthy_data(), overlap=Overlap(exact=364, same_object=True))
    finding = validation_missing(healthy_experiment(), data)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR


def test_the_same_call_on_both_sides() -> None:
    """Equal arguments build equal data, also where augmentation hides it from hashes."""
    settings = {
        "data.train._target_": "d.load",
        "data.train.split": "a",
        "data.validation._target_": "d.load",
    }
    same = replace(healthy_experiment(), settings={**settings, "data.validation.split": "a"})
    other = replace(healthy_experiment(), settings={**settings, "data.validation.split": "b"})
    assert isinstance(validation_missing(same, healthy_data()), Finding)
    assert validation_missing(other, healthy_data()) is None


def test_is_silent_on_health() -> None:
    """A held-out split is passed."""
    assert validation_missing(healthy_experiment(), healthy_data()) is None


def test_other_nodes_of_one_graph_are_a_validation_set() -> None:
    """Both splits hold the one graph, and validation asks for other targets of it: not where one sample has the same."""
    for others, missing in ((1, False), (0, True)):
        data = replace(healthy_data(), overlap=Overlap(exact=1, other_targets=others, same_object=True))
        assert isinstance(validation_missing(healthy_experiment(), data), Finding) is missing
