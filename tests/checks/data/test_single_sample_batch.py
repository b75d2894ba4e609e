"""Promises of the check ``single-sample-batch``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.single_sample_batch import single_sample_batch
from cnndoctor.evidence import FailuresEvidence
from cnndoctor.finding import Finding, Severity, UserFailure
from tests.healthy import healthy_data, healthy_setup, healthy_train


def _last(size, **facts):
    data = healthy_data()
    return replace(
        data, train=replace(data.train, loader=replace(data.train.loader, last_batch_size=size, **facts))
    )


def test_a_last_batch_that_torch_refuses() -> None:
    """What torch refuses is an error whose patch drops the batch."""
    message = "Expected more than 1 value per channel when training, got input size torch.Size([1, 64])"
    failures = FailuresEvidence(failures=(UserFailure(phase="forward", type="ValueError", message=message),))
    finding = single_sample_batch(_last(1), healthy_setup(), failures, None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert finding.remedies[0].patch == {"data.loader.drop_last": True}


def test_a_last_image_alone_is_a_note() -> None:
    """Maps of many positions have a variance even alone."""
    finding = single_sample_batch(_last(1), healthy_setup(), FailuresEvidence(), healthy_train())
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_a_dropped_batch_is_fine() -> None:
    """drop_last leaves no batch of one."""
    assert single_sample_batch(_last(1, drop_last=True), healthy_setup(), FailuresEvidence(), None) is None


def test_is_silent_on_health() -> None:
    """A last batch of 25 is passed."""
    assert single_sample_batch(healthy_data(), healthy_setup(), FailuresEvidence(), healthy_train()) is None
