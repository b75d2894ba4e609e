"""What the stages before the training say about it."""

from __future__ import annotations

import pytest

from cnndoctor.foreknowledge import foreknowledge
from cnndoctor.judge import Rules
from tests.changed import evidence_with


@pytest.mark.parametrize(
    ("facts", "apart"),
    [
        (
            {"data.validation.inputs.channel_means": (4.9,), "data.validation.inputs.channel_stds": (6.0,)},
            True,
        ),
        ({}, False),
        ({"data.overlap.exact": 200}, False),
    ],
    ids=["not normalised", "sound", "copies"],
)
def test_validation_that_is_at_fault_by_itself_is_known_before_the_training(
    facts: dict[str, object], apart: bool
) -> None:
    """Inputs of other statistics spoil its scores; copies of training samples only flatter them."""
    seen = evidence_with({"train": None, "trials": None, **facts})
    assert foreknowledge(seen, Rules()).validation_apart is apart
