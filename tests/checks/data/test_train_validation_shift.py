"""Promises of the check ``train-validation-shift``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.train_validation_shift import train_validation_shift
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_train


def _validation(**facts):
    data = healthy_data()
    assert data.validation is not None
    return replace(data, validation=replace(data.validation, inputs=replace(data.validation.inputs, **facts)))


def test_raw_pixels_on_validation() -> None:
    """Validation that was not scaled is an error with both statistics."""
    finding = train_validation_shift(
        _validation(mean=4.9, std=6.0, channel_means=(4.9,), channel_stds=(6.0,)), None
    )
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert "4.9 and 6 in validation" in finding.message


def test_another_layout_on_validation() -> None:
    """Channels first in training and last in validation are an error."""
    data = _validation(shapes={"8x8x1": 364})
    assert isinstance(train_validation_shift(data, None), Finding)


def test_augmentation_moves_statistics_a_little() -> None:
    """Statistics that augmentation can explain are passed."""
    assert train_validation_shift(_validation(channel_means=(0.4,), channel_stds=(0.3,)), None) is None


def test_a_network_that_copes() -> None:
    """Where validation scores as training does, nothing is said."""
    data = _validation(mean=0.9, std=1.0, channel_means=(0.9,), channel_stds=(1.0,))
    assert train_validation_shift(data, healthy_train()) is None


def test_is_silent_on_health() -> None:
    """Equal preprocessing is passed."""
    assert train_validation_shift(healthy_data(), healthy_train()) is None


def test_another_unit_is_told_however_well_the_network_copes() -> None:
    """Pixels from 0 to 255 beside normalised ones are a mistake even where the classes survive it."""
    data = _validation(mean=78.0, std=83.0, channel_means=(78.0,), channel_stds=(83.0,))
    assert isinstance(train_validation_shift(data, healthy_train()), Finding)
