"""How far an attempt on the tiny subset came."""

import math
from dataclasses import replace

import pytest

from cnndoctor.signs.attempts import share_of_goal
from tests.healthy import healthy_overfit


@pytest.mark.parametrize(
    ("score", "share"),
    [(0.99, 1.0), (0.125, 0.0), (0.05, 0.0), (0.125 + 0.865 / 2, 0.5), (math.nan, 0.0)],
)
def test_from_a_constant_prediction_to_the_goal(score: float, share: float) -> None:
    """A constant prediction (0.125) and what is below or unknown are at 0, the goal (0.99) at 1."""
    overfit = healthy_overfit()
    assert share_of_goal(overfit, replace(overfit.configured, score=score)) == pytest.approx(share)


def test_of_a_loss_alone() -> None:
    """Where the score is the share of the loss that is gone, chance plays no part; a broken run is at 0."""
    overfit = replace(healthy_overfit(), metric="loss-reduction", goal=0.9)
    attempt = replace(overfit.configured, score=0.45)
    assert share_of_goal(overfit, attempt) == pytest.approx(0.5)
    assert share_of_goal(overfit, replace(attempt, finite=False)) == 0.0
