"""Promises of the check ``conflicting-labels``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.conflicting_labels import conflicting_labels
from cnndoctor.evidence.data import Duplicates
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment


def _conflicts(extra=200, **facts):
    data = healthy_data()
    twins = Duplicates(
        groups=90, extra=extra, conflicting_groups=90, conflicting_samples=180, conflicting_examples=((3, 8),)
    )
    return replace(
        data, train=replace(data.train, duplicates=twins, inputs=replace(data.train.inputs, **facts))
    )


def test_twins_with_other_labels() -> None:
    """One contradiction in eight samples is an error that names a pair."""
    finding = conflicting_labels(healthy_experiment(), _conflicts())
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert [place.name for place in finding.places[:2]] == ["train[3]", "train[8]"]


def test_few_coarse_features_coincide() -> None:
    """A table of four values per row is not judged."""
    assert conflicting_labels(healthy_experiment(), _conflicts(shapes={"4": 1433})) is None


def test_equal_contexts_of_symbols_are_a_note() -> None:
    """The same words may be followed by different ones."""
    finding = conflicting_labels(healthy_experiment(), _conflicts(shapes={"32": 1433}, integral=True))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_pairs_that_nearly_all_disagree_are_no_coincidence() -> None:
    """Eight symbols that stand there twice, each time with another label, were labelled twice."""
    finding = conflicting_labels(
        healthy_experiment(), _conflicts(extra=90, shapes={"8": 1433}, integral=True)
    )
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR


def test_is_silent_on_health() -> None:
    """Distinct inputs are passed."""
    assert conflicting_labels(healthy_experiment(), healthy_data()) is None


def test_a_step_of_ones_own_with_a_class_among_its_targets() -> None:
    """A class and a box contradict each other by the class; quantities of an own step do not."""
    custom = replace(healthy_experiment(), task="custom")
    data = _conflicts()
    labelled = replace(data.train.targets, integral=True, shapes={"": 1433}, minimum=0, maximum=3)
    classes = replace(data, train=replace(data.train, targets=labelled))
    assert isinstance(conflicting_labels(custom, classes), Finding)
    quantities = replace(data, train=replace(data.train, targets=replace(labelled, integral=False)))
    assert conflicting_labels(custom, quantities) is None
