"""Which known causes can be treated, and by what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.catalogue import all_checks
from cnndoctor.training.treatments import BARE, HELD, SQUEEZED, TREATMENTS, WIDENED, treatment_of
from tests.healthy import healthy_first_batch


def test_every_treated_cause_is_a_check() -> None:
    """No id is misspelt, and what is treated is a cause."""
    causes = {check.id for check in all_checks() if check.role == "cause"}
    assert causes >= {*TREATMENTS, "broadcast-targets"}


def test_causes_are_treated_together_or_not_at_all() -> None:
    """Two causes make one change that says both; the same treatment is named once; one without treatment forbids all."""
    both = treatment_of(("softmax-before-cross-entropy", "unregistered-layers"), None)
    assert both is not None
    assert (both.bare_output, both.all_held) == (True, True)
    assert both.words == f"{BARE.words} and {HELD.words}"
    assert treatment_of(("unregistered-layers", "parameters-not-in-optimizer"), None) == HELD
    assert treatment_of(("unregistered-layers", "labels-out-of-range"), None) is None
    assert treatment_of((), None) is None


@pytest.mark.parametrize(
    ("output", "target", "treatment"),
    [
        ((8, 1), (8,), SQUEEZED),
        ((8,), (8, 1), WIDENED),
        ((8, 5, 1), (8, 5), SQUEEZED),
        ((8, 1), (8, 5), None),
        ((), (), None),
    ],
)
def test_shapes_are_brought_together_where_one_axis_differs(
    output: tuple[int, ...], target: tuple[int, ...], treatment: object
) -> None:
    """A last axis of size one is dropped or added; other shapes have no treatment."""
    first = healthy_first_batch()
    first = replace(first, loss=replace(first.loss, output_shape=output, target_shape=target))
    assert treatment_of(("broadcast-targets",), first) == treatment
