"""A metric of the user's own against a plain recount."""

from __future__ import annotations

import pytest

from cnndoctor.evidence.train import ClassResult
from cnndoctor.training.metrics import mismatches

CLASSES = (
    ClassResult(label="honest", support=1937, recall=0.86, precision=0.99),
    ClassResult(label="fraud", support=63, recall=0.84, precision=0.16),
)


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("accuracy", 0.86, False),
        ("accuracy", 85.0, False),
        ("accuracy", 0.31, True),
        ("recall", 0.4, False),  # another threshold
        ("recall", 84.0, False),
        ("recall", 16.2, True),
        ("precision", 16.0, False),
        ("precision", 36.5, True),
        ("loss", 16.2, False),
    ],
)
def test_only_what_cannot_be_is_contradicted(name: str, value: float, wrong: bool) -> None:
    """Percentages and other thresholds are understood; a number that no recount comes near is not."""
    found = mismatches({f"validation/{name}": value}, CLASSES, 0.859)
    assert bool(found) is wrong


def test_an_accuracy_that_counts_ignored_labels_is_not_wrong() -> None:
    """Where an eighth of the labels is ignored by the loss, any accuracy that counts them too is possible; others are not."""
    said = {"validation/accuracy": 0.875}
    assert mismatches(said, CLASSES, 0.9584, 0.125) == {}
    assert mismatches(said, CLASSES, 0.9584) != {}
    assert mismatches({"validation/accuracy": 0.5}, CLASSES, 0.9584, 0.125) != {}
