"""Two changes as one: what a second fault is looked for with, once the first is treated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.patient.changes import Change, together


def change(name: str = "other", **values: object) -> Change:
    """Return a change with a name."""
    return Change(name=name, words=f"words of {name}", **values)  # type: ignore[arg-type]


def test_both_differences_under_the_second_name() -> None:
    """The treatment is kept, and what is tried besides gives name and words."""
    both = together(change("first", dropout_off=True), change("second", augmentation_off=True))
    assert both == change("second", dropout_off=True, augmentation_off=True)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"lr_factor": 0.1}, {"lr_factor": 10}),
        ({"lr_factor": 0.1}, {"optimizer": "adam", "lr": 1e-3}),
        ({"clip_grad_norm": 1.0}, {"lr_factor": 0.1}),
        ({"relu": True}, {"relu": True}),
    ],
    ids=["two rates", "rate and optimizer", "clipping and rate", "the same"],
)
def test_two_changes_of_one_thing_are_none(ours: dict[str, object], theirs: dict[str, object]) -> None:
    """Rates, optimizers and clipping all change how far a step goes: beside each other they treat no second fault."""
    first, second = replace(change(), **ours), replace(change(), **theirs)  # type: ignore[arg-type]
    assert together(first, second) is None
