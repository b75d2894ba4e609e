"""Promises of the check ``broken-sample``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.broken_sample import broken_sample
from cnndoctor.evidence import FailuresEvidence
from cnndoctor.finding import Finding, UserFailure
from tests.healthy import healthy_data

UNEQUAL = UserFailure(
    phase="read training data",
    type="RuntimeError",
    message="stack expects each tensor to be equal size, but got [1, 8, 8] at entry 0 and [3, 8, 8] at entry 7",
)


def test_names_the_sample_that_raises() -> None:
    """A sample that raises is named, with the user's line."""
    data = healthy_data()
    failure = UserFailure(phase="read train[7]", type="OSError", message="truncated", file="data.py", line=12)
    finding = broken_sample(
        replace(data, train=replace(data.train, broken=(failure,), broken_samples=(7,))), FailuresEvidence()
    )
    assert isinstance(finding, Finding)
    assert finding.places[0].name == "train[7]"
    assert finding.places[-1].line == 12
    assert "OSError: truncated" in finding.message


def test_unequal_shapes_that_cannot_be_stacked() -> None:
    """Different shapes are a fault when no batch can be built from them."""
    data = healthy_data()
    mixed = replace(
        data, train=replace(data.train, inputs=replace(data.train.inputs, shapes={"1x8x8": 1432, "3x8x8": 1}))
    )
    finding = broken_sample(mixed, FailuresEvidence(failures=(UNEQUAL,)))
    assert isinstance(finding, Finding)
    assert "3x8x8" in finding.message
    assert broken_sample(mixed, FailuresEvidence()) is None


def test_is_silent_on_health() -> None:
    """Data that can be read are passed."""
    assert broken_sample(healthy_data(), FailuresEvidence()) is None
