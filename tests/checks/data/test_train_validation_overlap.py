"""Promises of the check ``train-validation-overlap``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.train_validation_overlap import train_validation_overlap
from cnndoctor.evidence.data import Duplicates, Overlap
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment
from tests.verdicts import found, silent


def _shared(count, **facts):
    data = healthy_data()
    assert data.validation is not None
    validation = replace(data.validation, inputs=replace(data.validation.inputs, **facts))
    return replace(data, validation=validation, overlap=Overlap(exact=count, examples=((5, 2),)))


def test_shared_samples_are_an_error() -> None:
    """A tenth of validation inside training is an error that names a pair."""
    finding = train_validation_overlap(healthy_experiment(), _shared(36))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert [place.name for place in finding.places[:2]] == ["train[5]", "validation[2]"]


def test_a_single_copy_is_a_warning() -> None:
    """One shared picture happens."""
    finding = train_validation_overlap(healthy_experiment(), _shared(1))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.WARNING


def test_a_single_line_of_symbols_is_a_note() -> None:
    """One short sentence that stands in both splits was written twice, though none stands in training twice."""
    for shared, severity in ((1, Severity.NOTE), (9, Severity.ERROR)):
        finding = train_validation_overlap(
            healthy_experiment(), _shared(shared, shapes={"20": 364}, integral=True)
        )
        assert isinstance(finding, Finding)
        assert finding.severity is severity


def test_symbols_coincide() -> None:
    """Short sequences of symbols repeat within training as well: a note."""
    data = _shared(9, shapes={"16": 364}, integral=True)
    data = replace(data, train=replace(data.train, duplicates=Duplicates(groups=30, extra=30)))
    finding = train_validation_overlap(healthy_experiment(), data)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_is_silent_on_health() -> None:
    """Separate splits are passed."""
    assert train_validation_overlap(healthy_experiment(), healthy_data()) is None


def _near(near, **facts):
    data = replace(healthy_data(), overlap=Overlap(near=near, near_examples=((5, 2),), **facts))
    return train_validation_overlap(healthy_experiment(), data)


def test_a_few_altered_copies_are_a_note() -> None:
    """Shifted or re-encoded copies are named quietly; where a tenth of validation is such a copy, it is a warning."""
    for near, severity in ((10, Severity.NOTE), (60, Severity.WARNING)):
        finding = _near(near, near_compared=20, near_copies=19)
        assert isinstance(finding, Finding)
        assert finding.severity is severity
        assert "train[5] and validation[2]" in finding.message
    assert _near(2, near_compared=2, near_copies=2) is None


def test_looking_alike_is_no_proof() -> None:
    """Pictures that look alike from afar are at most a note, and nothing where their pixels differ."""
    finding = _near(60)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE
    assert _near(60, near_compared=20, near_copies=0) is None
    some = _near(60, near_compared=20, near_copies=2)
    assert isinstance(some, Finding)
    assert (some.severity, some.measured["near"]) == (Severity.NOTE, 6)


def test_small_records_of_measurements() -> None:
    """Twelve real numbers that stand in both splits far more often than chance has it are copies; coarse ones are none."""
    few = {
        "data.train.inputs.shapes": {"12": 1433},
        "data.validation.inputs.shapes": {"12": 364},
        "data.overlap.exact": 60,
        "data.overlap.examples": ((3, 5),),
        "data.train.equal_by_chance": 1e-7,
    }
    assert found(train_validation_overlap, few).severity == "error"
    assert silent(train_validation_overlap, {**few, "data.train.equal_by_chance": 1e-4})
    assert silent(train_validation_overlap, {**few, "data.train.equal_by_chance": float("nan")})


@pytest.mark.parametrize(
    ("others", "integral", "severity"),
    [(36, False, Severity.NOTE), (10, False, Severity.ERROR), (36, True, Severity.ERROR)],
    ids=["measured anew", "mostly the same", "relabelled"],
)
def test_equal_inputs_with_other_measured_targets_were_drawn_apart(
    others: int, integral: bool, severity: Severity
) -> None:
    """Sets of few articles coincide, and weigh differently each time; a copy carries its target, a class may be another."""
    data = _shared(36)
    validation = replace(data.validation, targets=replace(data.validation.targets, integral=integral))
    data = replace(data, validation=validation, overlap=replace(data.overlap, other_targets=others))
    finding = train_validation_overlap(healthy_experiment(), data)
    assert isinstance(finding, Finding)
    assert finding.severity is severity
