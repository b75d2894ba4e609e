"""Promises of the check ``wrong-input-layout``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.wrong_input_layout import wrong_input_layout
from cnndoctor.evidence import FailuresEvidence
from cnndoctor.finding import Finding, UserFailure
from tests.healthy import healthy_data, healthy_setup


def _shaped(shape):
    data = healthy_data()
    return replace(data, train=replace(data.train, inputs=replace(data.train.inputs, shapes={shape: 1433})))


def _refused(sizes, wanted, got):
    message = (
        f"Given groups=1, weight of size [16, {wanted}, 3, 3], expected input{sizes} to have {wanted} channels, "
        f"but got {got} channels instead"
    )
    return FailuresEvidence(failures=(UserFailure(phase="forward", type="RuntimeError", message=message),))


def test_channels_last() -> None:
    """Samples with the channels last that the first convolution refuses are told to permute."""
    finding = wrong_input_layout(_shaped("32x32x3"), _refused("[8, 32, 32, 3]", 3, 32), None)
    assert isinstance(finding, Finding)
    assert "permute(2, 0, 1)" in finding.remedies[0].text
    assert finding.confidence > 0.95


def test_missing_channel_axis() -> None:
    """Images without channel axis are told to unsqueeze."""
    finding = wrong_input_layout(_shaped("28x28"), _refused("[64, 28, 28]", 1, 64), None)
    assert isinstance(finding, Finding)
    assert "unsqueeze(0)" in finding.remedies[0].text


def test_a_layer_further_in_is_not_the_datas_fault() -> None:
    """A refusal of something else than the samples is left to other checks."""
    assert wrong_input_layout(_shaped("1x8x8"), _refused("[8, 16, 4, 4]", 32, 16), None) is None


def test_is_silent_on_health() -> None:
    """Channels first are passed."""
    assert wrong_input_layout(healthy_data(), FailuresEvidence(), healthy_setup()) is None
