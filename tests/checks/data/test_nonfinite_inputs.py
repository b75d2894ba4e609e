"""Promises of the check ``nonfinite-inputs``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.nonfinite_inputs import nonfinite_inputs
from cnndoctor.finding import Finding
from tests.healthy import healthy_data, healthy_train


def test_names_the_samples() -> None:
    """NaN in two inputs is an error that names both."""
    data = healthy_data()
    inputs = replace(data.train.inputs, nonfinite_samples=(4, 9), nonfinite_count=2)
    finding = nonfinite_inputs(replace(data, train=replace(data.train, inputs=inputs)), None)
    assert isinstance(finding, Finding)
    assert [place.name for place in finding.places] == ["train[4]", "train[9]", "data.train"]
    assert "2 of 1433 train samples" in finding.message
    assert finding.severity is None


def test_is_silent_on_health() -> None:
    """Finite inputs are passed."""
    assert nonfinite_inputs(healthy_data(), healthy_train()) is None
