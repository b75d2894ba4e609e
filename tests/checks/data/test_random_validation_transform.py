"""Promises of the check ``random-validation-transform``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.random_validation_transform import random_validation_transform
from cnndoctor.evidence.data import InputTensor
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data


def _random(**facts):
    data = healthy_data()
    assert data.validation is not None
    return replace(data, validation=replace(data.validation, **facts))


def test_validation_that_changes_between_reads() -> None:
    """Augmented validation is found."""
    finding = random_validation_transform(_random(random_reads=0.9))
    assert isinstance(finding, Finding)
    assert "90% of validation samples" in finding.message


def test_generated_data_are_meant() -> None:
    """Data made while they are read change their targets too."""
    assert random_validation_transform(_random(random_reads=1.0, random_targets=0.9)) is None


def test_is_silent_on_health() -> None:
    """Deterministic validation is passed."""
    assert random_validation_transform(healthy_data()) is None


@pytest.mark.parametrize(
    ("shape", "integral", "severity"),
    [("", True, Severity.NOTE), ("3x8x8", True, Severity.WARNING), ("12", False, Severity.WARNING)],
    ids=["a song drawn as not played", "a picture of bytes", "measured values"],
)
def test_symbols_that_are_drawn_are_a_note(shape: str, integral: bool, severity: Severity) -> None:
    """Of several members the one that changes decides: negatives of a ranking are drawn, an augmented picture is not."""
    data = healthy_data()
    assert data.validation is not None
    facts = replace(data.validation.inputs, integral=integral, shapes={shape: 364})
    tensors = (
        InputTensor(name="inputs[0]", facts=data.validation.inputs),
        InputTensor(name="inputs[1]", facts=facts, random_reads=0.98),
    )
    finding = random_validation_transform(
        replace(data, validation=replace(data.validation, tensors=tensors, random_reads=0.98))
    )
    assert isinstance(finding, Finding)
    assert finding.severity is severity
