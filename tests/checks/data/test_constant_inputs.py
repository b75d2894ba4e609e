"""Promises of the check ``constant-inputs``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.constant_inputs import constant_inputs
from cnndoctor.evidence.data import Duplicates
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data, healthy_train


def _with(**facts):
    data = healthy_data()
    return replace(data, train=replace(data.train, inputs=replace(data.train.inputs, **facts)))


def test_all_zero_inputs_are_an_error() -> None:
    """Inputs that are 0 everywhere are an error."""
    finding = constant_inputs(_with(minimum=0.0, maximum=0.0, std=0.0), None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.ERROR
    assert finding.confidence > 0.9


def test_some_blank_samples_are_a_warning() -> None:
    """One blank sample in ten is a warning that names some."""
    finding = constant_inputs(_with(constant_sample_count=143, constant_samples=(1, 2)), None)
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.WARNING
    assert finding.places[0].name == "train[1]"


def test_constant_features_of_a_vector_are_usual() -> None:
    """Border pixels of flattened images never change, and nothing is said."""
    assert constant_inputs(_with(shapes={"64": 1433}, constant_channels=(0, 7, 56)), None) is None


def test_two_constant_channels_of_a_colour_image_are_lost() -> None:
    """Pictures decoded to grey in the first of three channels are a warning in a good run, too; an alpha channel is a hint."""
    grey = _with(shapes={"3x8x8": 1433}, channel_means=(0.4, 0.0, 0.0), constant_channels=(1, 2))
    alpha = _with(shapes={"4x8x8": 1433}, channel_means=(0.4, 0.3, 0.5, 1.0), constant_channels=(3,))
    for data, severity in ((grey, Severity.WARNING), (alpha, Severity.NOTE)):
        finding = constant_inputs(data, healthy_train())
        assert isinstance(finding, Finding)
        assert finding.severity is severity


def test_is_silent_on_health() -> None:
    """Varied inputs are passed."""
    assert constant_inputs(healthy_data(), healthy_train()) is None


def test_rows_of_a_few_equal_numbers_tell_something() -> None:
    """Half of a truth table's rows hold one value twice, and they are not blank."""
    table = _with(shapes={"2": 1433}, constant_sample_count=700)
    assert constant_inputs(table, None) is None
    assert isinstance(constant_inputs(_with(constant_sample_count=800), None), Finding)


def test_blank_pictures_under_several_labels_contradict_each_other() -> None:
    """A run that trains well does not excuse them; under one label they are an empty class, and a note."""
    blank = _with(constant_sample_count=200)
    several = replace(blank, train=replace(blank.train, duplicates=Duplicates(blank_labels=7)))
    found = constant_inputs(several, healthy_train())
    assert isinstance(found, Finding)
    assert (found.severity, "under 7 different labels" in found.message) == (Severity.WARNING, True)
    alone = constant_inputs(blank, healthy_train())
    assert isinstance(alone, Finding)
    assert alone.severity is Severity.NOTE
