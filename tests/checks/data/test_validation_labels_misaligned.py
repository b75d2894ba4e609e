"""Promises of the check ``validation-labels-misaligned``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.validation_labels_misaligned import validation_labels_misaligned
from cnndoctor.finding import Finding
from tests.healthy import healthy_data, healthy_train


def _with(**facts):
    data = healthy_data()
    return replace(data, baseline=replace(data.baseline, **facts))


def test_validation_at_chance() -> None:
    """A model that knows training and is at chance on validation shows labels of other inputs."""
    finding = validation_labels_misaligned(_with(validation=0.09, validation_permuted=0.17), None)
    assert isinstance(finding, Finding)
    assert "0.09 on validation" in finding.message


def test_renumbered_classes_are_another_fault() -> None:
    """A permutation that explains validation is left to class-index-mismatch."""
    assert validation_labels_misaligned(_with(validation=0.09, validation_permuted=0.97), None) is None


def test_a_network_that_does_well_on_validation() -> None:
    """The network's own score silences the check."""
    assert (
        validation_labels_misaligned(_with(validation=0.09, validation_permuted=0.17), healthy_train())
        is None
    )


def test_is_silent_on_health() -> None:
    """Aligned validation is passed."""
    assert validation_labels_misaligned(healthy_data(), healthy_train()) is None
