"""Promises of the check ``too-little-data``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.too_little_data import too_little_data
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_experiment, healthy_setup, healthy_train


def test_few_samples_and_a_wide_gap() -> None:
    """Sixty samples, a large net and a gap to validation are worth a note with remedies."""
    data, train = healthy_data(), healthy_train()
    few = replace(data, train=replace(data.train, size=60, examined=60))
    assert train.validation is not None
    behind = replace(train, validation=replace(train.validation, score=0.5, classes=()))
    finding = too_little_data(healthy_experiment(), healthy_setup(), few, behind)
    assert isinstance(finding, Finding)
    assert too_little_data.severity is Severity.NOTE
    assert "60 training samples" in finding.message


def test_is_silent_on_health() -> None:
    """Validation as good as training is passed."""
    assert too_little_data(healthy_experiment(), healthy_setup(), healthy_data(), healthy_train()) is None
