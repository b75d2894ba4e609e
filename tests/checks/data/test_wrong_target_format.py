"""Promises of the check ``wrong-target-format``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.wrong_target_format import wrong_target_format
from cnndoctor.evidence import FailuresEvidence
from cnndoctor.finding import Finding, UserFailure
from tests.changed import failed_train
from tests.healthy import healthy_data, healthy_evidence, healthy_experiment, healthy_setup
from tests.verdicts import found, silent


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
    finding = wrong_target_format(healthy_experiment(), healthy_data(), failures, healthy_setup(), None, None)
    assert isinstance(finding, Finding)
    assert advice in finding.remedies[0].text


def test_masks_of_255_for_binary_cross_entropy() -> None:
    """Binary cross-entropy takes a mask of 0 and 255 in silence; this check does not."""
    setup, data = healthy_setup(), healthy_data()
    binary = replace(setup, loss=replace(setup.loss, name="BCEWithLogitsLoss"))
    masks = replace(data, train=replace(data.train, targets=replace(data.train.targets, maximum=255)))
    finding = wrong_target_format(healthy_experiment(), masks, FailuresEvidence(), binary, None, None)
    assert isinstance(finding, Finding)
    assert "(mask > 0).float()" in finding.remedies[0].text


def test_is_silent_on_health() -> None:
    """Class indices for cross-entropy are passed."""
    assert (
        wrong_target_format(
            healthy_experiment(), healthy_data(), FailuresEvidence(), healthy_setup(), None, None
        )
        is None
    )


def test_a_loss_that_never_looks_at_one_of_the_targets() -> None:
    """A loss without any gradient at target 0 wants -1 there, unless it is given shares; a run that learns is left alone."""
    blind = {"first_batch.loss.untaught_target": 0.0, "train": failed_train()}
    finding = found(wrong_target_format, blind)
    assert "target is 0" in finding.message
    assert "2 * targets - 1" in finding.remedies[0].text
    assert silent(wrong_target_format, {**blind, "first_batch.output.in_unit_interval": True})
    assert silent(wrong_target_format, {**blind, "train": healthy_evidence().train})
