"""Promises of the check ``class-imbalance``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.class_imbalance import class_imbalance
from cnndoctor.evidence.train import ClassResult
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment, healthy_setup, healthy_train


def _imbalanced():
    data = healthy_data()
    return replace(
        data,
        train=replace(
            data.train, labels=replace(data.train.labels, histogram={"0": 1400, "1": 33}, distinct=2)
        ),
    )


def _trained(recall):
    train = healthy_train()
    assert train.train is not None
    assert train.validation is not None
    classes = (
        ClassResult(label="0", support=350, recall=0.99),
        ClassResult(label="1", support=14, recall=recall),
    )
    return replace(train, validation=replace(train.validation, classes=classes))


def test_rare_classes_that_fail_are_an_error() -> None:
    """Imbalance counts when the rare class is not recognised."""
    finding = class_imbalance(healthy_experiment(), healthy_setup(), _imbalanced(), _trained(0.0))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR


def test_rare_classes_that_do_well_are_a_note() -> None:
    """Imbalance with good recall is information."""
    finding = class_imbalance(healthy_experiment(), healthy_setup(), _imbalanced(), _trained(0.9))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_is_silent_on_health() -> None:
    """Balanced classes are passed."""
    assert class_imbalance(healthy_experiment(), healthy_setup(), healthy_data(), healthy_train()) is None


def test_what_is_counted_is_named() -> None:
    """A mask or a sequence has a class at each position; those are no samples."""
    dense = replace(healthy_experiment(), task="segmentation")
    finding = class_imbalance(dense, healthy_setup(), _imbalanced(), _trained(0.9))
    assert isinstance(finding, Finding)
    assert "33 positions" in finding.message


def test_named_classes_are_known_by_their_names() -> None:
    """Results carry class names where the data set has them; the rare class is still found and called by its name."""
    data, train = _imbalanced(), _trained(0.0)
    assert train.validation is not None
    named = tuple(
        replace(row, label=name)
        for row, name in zip(train.validation.classes, ("honest", "fraud"), strict=True)
    )
    finding = class_imbalance(
        healthy_experiment(),
        healthy_setup(),
        replace(data, train=replace(data.train, classes=("honest", "fraud"))),
        replace(train, validation=replace(train.validation, classes=named)),
    )
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert "Class fraud" in finding.message


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("validation/auc", 0.78, Severity.NOTE),
        ("validation/val_auroc", 0.78, Severity.NOTE),
        ("validation/auc", 0.55, Severity.ERROR),
        ("train/auc", 0.9, Severity.ERROR),
        ("validation/accuracy", 0.98, Severity.ERROR),
    ],
)
def test_a_good_ranking_of_ones_own_makes_it_a_hint(name: str, value: float, severity: Severity) -> None:
    """Who measures the area under the curve on held-out data does not decide at one half; another metric excuses nothing."""
    train = _trained(0.0)
    last = replace(train.epochs[-1], metrics={name: value})
    train = replace(train, epochs=(*train.epochs[:-1], last))
    finding = class_imbalance(healthy_experiment(), healthy_setup(), _imbalanced(), train)
    assert isinstance(finding, Finding)
    assert finding.severity is severity
