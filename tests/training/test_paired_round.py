"""What ends clearly better than the configured run earns a second seed."""

from __future__ import annotations

import pytest

from cnndoctor.training.paired_round import better
from tests.changed import paired_trials


@pytest.mark.parametrize(
    ("score", "ours", "better_than"),
    [(0.5, 0.53, False), (0.5, 0.56, True), (0.97, 0.99, True), (0.97, 0.975, False)],
)
def test_near_the_top_a_smaller_gain_earns_a_second_seed(
    score: float, ours: float, better_than: bool
) -> None:
    """Five hundredths in the middle, half of the error near the top, one hundredth at least."""
    pairs = paired_trials({"as-configured": (score,), "no-schedule": (ours,)})
    assert better(pairs.trials[1], pairs.trials[0]) is better_than
