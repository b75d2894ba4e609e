"""Promises of the check ``missing-classes``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.missing_classes import missing_classes
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment, healthy_train


def _without(label, **split):
    data = healthy_data()
    histogram = {name: count for name, count in data.train.labels.histogram.items() if name != label}
    return replace(
        data, train=replace(data.train, labels=replace(data.train.labels, histogram=histogram), **split)
    )


def test_a_class_that_training_lacks() -> None:
    """A class of validation that training never shows is named."""
    finding = missing_classes(healthy_experiment(), _without("7"), None)
    assert isinstance(finding, Finding)
    assert "(7;" in finding.message
    assert finding.severity is Severity.WARNING


def test_a_short_look_may_have_missed_it() -> None:
    """A pass that was cut after a few samples says nothing of rare classes."""
    assert missing_classes(healthy_experiment(), _without("7", cut=True, examined=20), None) is None


def test_is_silent_on_health() -> None:
    """Equal classes on both sides are passed."""
    assert missing_classes(healthy_experiment(), healthy_data(), healthy_train()) is None
