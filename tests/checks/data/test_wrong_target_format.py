"""Promises of the check ``wrong-target-format``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.wrong_target_format import wrong_target_format
from cnndoctor.evidence import FailuresEvidence
from cnndoctor.finding import Finding, UserFailure
from tests.healthy import healthy_data, healthy_experiment, healthy_setup


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("0D or 1D target tensor expected, multi-target not supported", "argmax(1)"),
        ("expected scalar type Long but found Float", "targets.long()"),
        ("Found dtype Double but expected Float", "targets.float()"),
        (
            "Target size (torch.Size([32])) must be the same as input size (torch.Size([32, 1]))",
            "unsqueeze(1)",
        ),
        ("Expected floating point type for target with class probabilities, got Long", "class indices"),
    ],
)
def test_refusals_of_the_loss(message: str, advice: str) -> None:
    """What torch says of targets it refuses becomes advice."""
    failures = FailuresEvidence(failures=(UserFailure(phase="loss", type="RuntimeError", message=message),))
    finding = wrong_target_format(healthy_experiment(), healthy_data(), failures, healthy_setup(), None)
    assert isinstance(finding, Finding)
    assert advice in finding.remedies[0].text


def test_masks_of_255_for_binary_cross_entropy() -> None:
    """Binary cross-entropy takes a mask of 0 and 255 in silence; this check does not."""
    setup, data = healthy_setup(), healthy_data()
    binary = replace(setup, loss=replace(setup.loss, name="BCEWithLogitsLoss"))
    masks = replace(data, train=replace(data.train, targets=replace(data.train.targets, maximum=255)))
    finding = wrong_target_format(healthy_experiment(), masks, FailuresEvidence(), binary, None)
    assert isinstance(finding, Finding)
    assert "(mask > 0).float()" in finding.remedies[0].text


def test_is_silent_on_health() -> None:
    """Class indices for cross-entropy are passed."""
    assert (
        wrong_target_format(healthy_experiment(), healthy_data(), FailuresEvidence(), healthy_setup(), None)
        is None
    )
