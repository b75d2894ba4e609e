"""Promises of the check ``random-validation-transform``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.random_validation_transform import random_validation_transform
from cnndoctor.finding import Finding
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
