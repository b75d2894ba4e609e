"""Promises of the check ``validation-labels-misaligned``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.validation_labels_misaligned import validation_labels_misaligned
from cnndoctor.evidence.train import Matching, TrainEvidence
from cnndoctor.finding import Finding
from tests.healthy import healthy_data, healthy_evaluation, healthy_train


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


def _regression(held_out: Matching, score: float = -0.9) -> TrainEvidence:
    known = Matching(samples=200, own_share=0.97, nearest_score=0.93)
    judged = healthy_evaluation("validation", 200, 0.17, score)
    learnt = healthy_evaluation("train", 200, 0.006, 0.93)
    return replace(
        healthy_train(),
        train=replace(learnt, chance=0.0, chance_loss=0.086, matching=known, classes=()),
        validation=replace(judged, chance=0.0, chance_loss=0.088, matching=held_out, classes=()),
    )


@pytest.mark.parametrize(
    ("held_out", "said"),
    [
        (Matching(samples=200, own_share=0.01, nearest_score=0.88), "another sample"),
        (Matching(samples=200, shift=-1, shifted_score=0.9), "1 sample back"),
        (Matching(samples=200, own_share=0.01, nearest_score=0.1), ""),
        (Matching(samples=200, own_share=0.6, nearest_score=0.5, shift=1, shifted_score=-0.5), ""),
    ],
)
def test_a_regression_whose_predictions_fit_the_targets_of_others(held_out: Matching, said: str) -> None:
    """Predictions that fit other samples' targets prove it; those that fit none, or their own, are overfitting at most."""
    unknown = _with(metric="")
    finding = validation_labels_misaligned(unknown, _regression(held_out))
    assert isinstance(finding, Finding) is bool(said)
    assert not isinstance(finding, Finding) or said in finding.message
    assert not isinstance(validation_labels_misaligned(unknown, _regression(held_out, score=0.8)), Finding)
