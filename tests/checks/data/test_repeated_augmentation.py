"""Promises of the check ``repeated-augmentation``."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.repeated_augmentation import repeated_augmentation
from cnndoctor.finding import Finding, NotApplicable
from tests.healthy import healthy_data


def test_copied_generators_are_found() -> None:
    """A stream that repeats is found."""
    data = healthy_data()
    finding = repeated_augmentation(replace(data, train=replace(data.train, repeated_reads=True)))
    assert isinstance(finding, Finding)


def test_nothing_random_is_nothing_to_judge() -> None:
    """Without augmentation the check does not apply."""
    data = healthy_data()
    assert isinstance(
        repeated_augmentation(replace(data, train=replace(data.train, repeated_reads=None))), NotApplicable
    )


def test_is_silent_on_health() -> None:
    """Fresh randomness is passed."""
    assert repeated_augmentation(healthy_data()) is None
