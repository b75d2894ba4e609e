"""Promises of the check ``nonfinite-targets``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.nonfinite_targets import nonfinite_targets
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_train


def _broken():
    data = healthy_data()
    targets = replace(data.train.targets, nonfinite_samples=(3,), nonfinite_count=1)
    return replace(data, train=replace(data.train, targets=targets))


def test_names_the_sample() -> None:
    """NaN in a target is an error when nothing shows that it is masked."""
    finding = nonfinite_targets(_broken(), None)
    assert isinstance(finding, Finding)
    assert finding.places[0].name == "train[3]"
    assert finding.severity is None


def test_masked_targets_are_a_note() -> None:
    """A run that stayed finite masks its missing targets."""
    finding = nonfinite_targets(_broken(), healthy_train())
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_is_silent_on_health() -> None:
    """Finite targets are passed."""
    assert nonfinite_targets(healthy_data(), healthy_train()) is None
