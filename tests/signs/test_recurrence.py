"""Whether equal inputs met anew or were copied."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.checks.data.conflicting_labels import conflicting_labels
from cnndoctor.checks.data.train_validation_overlap import train_validation_overlap
from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.data import Duplicates, Overlap
from cnndoctor.finding import Finding, Severity
from cnndoctor.signs.recurrence import has_few_bits, meet_again
from tests.healthy import healthy_data, healthy_experiment


def positions(*, maximum: float = 1.0, extra: int = 750, conflicting: int = 120) -> DataEvidence:
    """Return data of a board game: three planes of three by three squares, half of them seen before.

    Args:
        maximum: Largest value on a square; the smallest is 0.
        extra: Positions beyond the first of each of 260 groups.
        conflicting: Groups with several outcomes.
    """
    data = healthy_data()
    twins = Duplicates(
        groups=260, extra=extra, conflicting_groups=conflicting, conflicting_samples=2 * conflicting
    )
    assert data.validation is not None
    squares = replace(
        data.train.inputs, integral=True, minimum=0.0, maximum=maximum, shapes={"3x3x3": data.train.examined}
    )
    train = replace(data.train, duplicates=twins, inputs=squares)
    validation = replace(data.validation, inputs=squares)
    return replace(data, train=train, validation=validation, overlap=Overlap(exact=240))


def severities(data: DataEvidence) -> list[Severity | None]:
    """Return what the checks of conflicting labels and of overlap say of data."""
    findings = (check(healthy_experiment(), data) for check in (conflicting_labels, train_validation_overlap))
    return [one.severity if isinstance(one, Finding) else None for one in findings]


def test_positions_of_a_game() -> None:
    """Positions that recur in crowds and end differently each time are a note, in training and across splits."""
    assert severities(positions()) == [Severity.NOTE, Severity.NOTE]


def test_copies_of_positions() -> None:
    """Positions that stand there twice with two labels are an error, and so are they in both splits."""
    assert severities(positions(extra=260, conflicting=250)) == [Severity.ERROR, Severity.ERROR]


def test_states_of_a_small_maze() -> None:
    """Walks through a maze meet in its few states, and mostly go the same way on: a note on both counts."""
    assert severities(positions(extra=1000, conflicting=50)) == [Severity.NOTE, Severity.NOTE]
    assert severities(positions(conflicting=0)) == [None, Severity.NOTE]


def test_pictures_are_no_positions() -> None:
    """Grey values are whole numbers as well: in crowds of many labels they stay an error."""
    crowds = positions(maximum=255.0, extra=1000)
    assert not meet_again(crowds.train)
    assert severities(crowds) == [Severity.ERROR, Severity.ERROR]


def test_standardised_categories_meet_again() -> None:
    """Answers in one-hot columns that were standardised are no whole numbers any more, and still only of two kinds each."""
    data = positions()
    scaled = replace(data.train.inputs, integral=False, minimum=-1.2, maximum=4.1, shapes={"24": 1433})
    profiles = replace(data.train, inputs=scaled, levels=2, bits=24.0)
    assert meet_again(profiles)
    assert severities(replace(data, train=profiles)) == [Severity.NOTE, Severity.NOTE]
    measured = replace(profiles, levels=700, bits=220.0)
    assert severities(replace(data, train=measured))[0] is Severity.ERROR


def test_few_bits_need_smaller_crowds() -> None:
    """Of 27 bits three copies a group tell it; of a chessboard with twelve planes it takes more."""
    small = positions().train
    large = replace(small, inputs=replace(small.inputs, shapes={"12x8x8": 1433}))
    assert has_few_bits(small)
    assert not has_few_bits(large)
    assert meet_again(small)
    assert not meet_again(large)
