"""Promises of the check ``single-class-labels``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.single_class_labels import single_class_labels
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment


def _labelled(histogram, **split):
    data = healthy_data()
    return replace(
        data,
        train=replace(
            data.train, labels=replace(data.train.labels, histogram=histogram, distinct=1), **split
        ),
    )


def test_one_label_is_an_error() -> None:
    """Labels that are all 0 are an error."""
    finding = single_class_labels(healthy_experiment(), _labelled({"0": 1433}))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert finding.confidence > 0.9


def test_the_first_samples_of_a_stream_may_be_of_one_class() -> None:
    """A sorted stream that was cut is only suspicious."""
    finding = single_class_labels(healthy_experiment(), _labelled({"0": 1433}, cut=True, map_style=False))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.WARNING


def test_rare_positives_are_imbalance() -> None:
    """One positive in a hundred is not a single class."""
    assert single_class_labels(healthy_experiment(), _labelled({"0": 1419, "1": 14})) is None


def test_is_silent_on_health() -> None:
    """Ten balanced classes are passed."""
    assert single_class_labels(healthy_experiment(), healthy_data()) is None
