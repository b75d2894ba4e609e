"""Promises of the check ``inputs-scaled-twice``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.inputs_scaled_twice import inputs_scaled_twice
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_overfit, healthy_train


def _squeezed():
    data = healthy_data()
    inputs = replace(data.train.inputs, maximum=0.0039, mean=0.0012, std=0.0014)
    return replace(data, train=replace(data.train, inputs=inputs))


def test_squeezed_inputs_that_standardising_rescues() -> None:
    """Inputs within 0.004 whose tiny set is learnt only after standardising are an error."""
    finding = inputs_scaled_twice(
        _squeezed(), None, replace(healthy_overfit(), rescued_by="standardised-inputs"), None, None
    )
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert "0.0039" in finding.message


def test_small_inputs_that_train_well_are_fine() -> None:
    """Small quantities are no fault where the run trains."""
    assert inputs_scaled_twice(_squeezed(), None, healthy_overfit(), healthy_train(), None) is None


def test_is_silent_on_health() -> None:
    """Pixels in 0..1 are passed."""
    assert inputs_scaled_twice(healthy_data(), None, healthy_overfit(), None, None) is None
