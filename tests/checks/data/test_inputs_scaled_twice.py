"""Promises of the check ``inputs-scaled-twice``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.inputs_scaled_twice import inputs_scaled_twice
from cnndoctor.finding import Finding, Severity
from tests.changed import failed_train
from tests.healthy import healthy_data, healthy_overfit, healthy_train
from tests.verdicts import found


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
    assert "within 0.0027 of 0 with standard deviation 0.0014" in finding.message


def test_small_inputs_that_train_well_are_fine() -> None:
    """Small quantities are no fault where the run trains."""
    assert inputs_scaled_twice(_squeezed(), None, healthy_overfit(), healthy_train(), None) is None


def test_is_silent_on_health() -> None:
    """Pixels in 0..1 are passed."""
    assert inputs_scaled_twice(healthy_data(), None, healthy_overfit(), None, None) is None


def test_scaled_twice_and_then_normalised() -> None:
    """What lies close together far from 0 was squeezed before it was shifted; a raw offset is another fault."""
    rescued = replace(healthy_overfit(), rescued_by="standardised-inputs")
    data = healthy_data()
    shifted = replace(data.train.inputs, minimum=-1.2, maximum=-1.18, mean=-1.19, std=0.004)
    squeezed = replace(data, train=replace(data.train, inputs=shifted))
    finding = inputs_scaled_twice(squeezed, None, rescued, None, None)
    assert isinstance(finding, Finding)
    assert "of -1.19" in finding.message
    raw = replace(
        data, train=replace(data.train, inputs=replace(shifted, minimum=299.99, maximum=300.01, mean=300.0))
    )
    assert inputs_scaled_twice(raw, None, rescued, None, None) is None


def test_a_data_set_that_scales_in_place() -> None:
    """Where each reading divides once more, that is the fault, and that samples change is its work; a sound run gets a note."""
    changed = {"data.train.rewritten": (1 / 255, 0.0)}
    finding = found(inputs_scaled_twice, changed | {"train": failed_train()})
    assert finding.severity == "error"
    assert "0.00392 times as large" in finding.message
    assert "random-validation-transform" in finding.rules_out
    assert found(inputs_scaled_twice, changed).severity == "note"
