"""Promises of the check ``duplicate-samples``."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.checks.data.duplicate_samples import duplicate_samples
from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.data import Duplicates
from cnndoctor.finding import Finding, Severity
from tests.healthy import healthy_data


def _copies(extra):
    data = healthy_data()
    return replace(
        data, train=replace(data.train, duplicates=Duplicates(groups=extra, extra=extra, examples=((0, 5),)))
    )


def test_many_copies_are_a_warning() -> None:
    """Half of the samples being copies is a warning with an example."""
    finding = duplicate_samples(_copies(700))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.WARNING
    assert "0 and 5" in finding.message


def test_some_copies_are_a_note() -> None:
    """A tenth is information."""
    finding = duplicate_samples(_copies(140))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE


def test_many_images_that_look_the_same_are_a_note() -> None:
    """Versions of one picture are named quietly; a few of them are nothing."""
    data = healthy_data()

    def alike(count: int) -> DataEvidence:
        copies = replace(data.train.duplicates, near=count, near_examples=((3, 9),))
        return replace(data, train=replace(data.train, duplicates=copies))

    finding = duplicate_samples(alike(200))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTE
    assert "3 and 9" in finding.message
    assert duplicate_samples(alike(10)) is None


def test_is_silent_on_health() -> None:
    """Distinct samples are passed."""
    assert duplicate_samples(healthy_data()) is None


@pytest.mark.parametrize(
    ("groups", "conflicting", "integral", "severity"),
    [
        (40, 25, True, Severity.NOTE),
        (40, 5, True, Severity.WARNING),
        (400, 250, True, Severity.WARNING),
        (40, 25, False, Severity.WARNING),
    ],
    ids=["crowds of many labels", "one label each", "copied twice", "measured values"],
)
def test_rows_of_categories_meet_again(
    groups: int, conflicting: int, integral: bool, severity: Severity
) -> None:
    """Answers to six questions repeat, and people answer the seventh differently: a note, unless it looks like copying."""
    data = healthy_data()
    split = replace(
        data.train,
        inputs=replace(
            data.train.inputs,
            integral=integral,
            minimum=0.0,
            maximum=16.0,
            shapes={"20": data.train.examined},
        ),
        duplicates=Duplicates(groups=groups, extra=800, conflicting_groups=conflicting, examples=((0, 5),)),
    )
    finding = duplicate_samples(replace(data, train=split))
    assert isinstance(finding, Finding)
    assert finding.severity is severity


def test_patterns_of_few_bits_repeat() -> None:
    """Six by six pixels of 0 and 1 repeat by nature; as many grey levels, or more pixels, do not."""
    data = healthy_data()

    def severity(shape: str, maximum: float) -> Severity | None:
        inputs = replace(
            data.train.inputs,
            integral=True,
            minimum=0.0,
            maximum=maximum,
            shapes={shape: data.train.examined},
        )
        copies = Duplicates(groups=400, extra=800, examples=((0, 5),))
        finding = duplicate_samples(
            replace(data, train=replace(data.train, inputs=inputs, duplicates=copies))
        )
        return finding.severity if isinstance(finding, Finding) else None

    assert severity("6x6", 1.0) is Severity.NOTE
    assert severity("6x6", 255.0) is Severity.WARNING
    assert severity("9x9", 1.0) is Severity.WARNING
