"""Promises of the check ``train-validation-shift``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.data.train_validation_shift import train_validation_shift
from cnndoctor.evidence.data import SimpleBaseline
from cnndoctor.finding import Finding, Severity
from tests.changed import evidence_with
from tests.healthy import healthy_data, healthy_evaluation, healthy_train
from tests.verdicts import found, silent


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


def _coded_anew(**changes: object) -> dict[str, object]:
    """Return splits whose simple models learn alike within each and nothing from one to the other."""
    facts: dict[str, object] = {
        "data.baseline": SimpleBaseline(
            metric="accuracy", chance=0.55, train=0.65, train_shuffled=0.54, train_shuffled_std=0.005,
            validation=0.53, validation_permuted=0.53, validation_within=0.66, samples=2000,
        ),
        "train.train": healthy_evaluation("train", 1433, 0.1, 0.96),
        "train.validation": healthy_evaluation("validation", 364, 2.0, 0.12),
    }  # fmt: skip
    return {**facts, **changes}


def test_inputs_that_mean_something_else() -> None:
    """Where either split teaches a simple model as much and neither serves the other, the encoders differ."""
    finding = found(train_validation_shift, _coded_anew())
    assert finding.severity == "error"
    assert "mean something else" in finding.message


@pytest.mark.parametrize(
    "changes",
    [
        {"data.baseline.validation_within": 0.54},
        {"data.baseline.validation_within": float("nan")},
        {"data.baseline.validation_permuted": 0.64},
        {"data.baseline.validation": 0.63},
        {"data.baseline.train_shuffled_std": 0.05},
        {"train.validation": healthy_evaluation("validation", 364, 0.7, 0.9)},
    ],
    ids=["labels of others", "unknown", "renumbered", "serves", "not clear of noise", "the network copes"],
)
def test_nothing_is_said_of_their_meaning_without_proof(changes: dict[str, object]) -> None:
    """Labels that belong to nothing, renumbered ones, and what serves the other split are no other meaning."""
    outcome = run(train_validation_shift, evidence_with({**_coded_anew(), **changes}))
    assert outcome.finding is None


FALLS_BEHIND = {
    "train.train": healthy_evaluation("train", 1433, 0.1, 0.96),
    "train.validation": healthy_evaluation("validation", 364, 2.0, 0.4),
}


def test_a_vocabulary_of_validations_own() -> None:
    """Symbols numbered by validation's own frequencies are told where the network falls behind there, with both scores."""
    finding = found(train_validation_shift, {**FALLS_BEHIND, "data.validation.own_vocabulary": True})
    assert finding.severity == "error"
    assert "vocabulary was built from validation" in finding.message
    assert "96%" in finding.message
    assert "33%" in finding.message
    assert [place.name for place in finding.places] == ["data.validation", "data.train"]


@pytest.mark.parametrize(
    "changes",
    [
        {"data.validation.own_vocabulary": True},
        {**FALLS_BEHIND, "data.train.own_vocabulary": True},
        {**FALLS_BEHIND, "data.validation.own_vocabulary": True, "train": None},
        FALLS_BEHIND,
    ],
    ids=["copes", "training's own", "never trained", "a shared one"],
)
def test_a_vocabulary_is_no_fault_by_itself(changes: dict[str, object]) -> None:
    """A network that does as well on validation, training's own vocabulary, and a run nobody saw accuse none."""
    assert silent(train_validation_shift, changes)


@pytest.mark.parametrize(
    ("means", "told"),
    [
        ((-0.03, 0.13, 0.23), True),
        ((0.23, 0.13, -0.03), False),
        ((0.13, -0.03, 0.23), True),
        ((-0.03, 0.13, 0.4), False),
        ((0.24, 0.2, 0.0), False),
    ],
    ids=["blue first", "alike", "two swapped", "one colder as well", "another light"],
)
def test_channels_in_another_order(means: tuple[float, ...], told: bool) -> None:
    """Red, green, blue against blue, green, red: the means are the same ones in another order."""
    spreads = (0.116, 0.114, 0.117)
    data = _validation(channel_means=means, channel_stds=spreads)
    inputs = replace(data.train.inputs, channel_means=(0.23, 0.13, -0.03), channel_stds=spreads)
    finding = train_validation_shift(replace(data, train=replace(data.train, inputs=inputs)), None)
    assert (isinstance(finding, Finding) and "another order" in finding.message) is told
