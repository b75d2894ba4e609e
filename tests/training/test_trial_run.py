"""One run of a pair: what it is judged by."""

from __future__ import annotations

import pytest
from torch import nn

from cnndoctor.training.trial_run import running_statistics_arrive


@pytest.mark.parametrize(
    ("norms", "made", "arrive"),
    [
        ((nn.BatchNorm2d(4),), 40, True),
        ((nn.BatchNorm2d(4, momentum=0.001),), 128, False),
        ((nn.BatchNorm2d(4, momentum=0.001),), 700, True),
        ((nn.BatchNorm1d(4), nn.BatchNorm1d(4, momentum=0.01)), 40, False),
        ((nn.BatchNorm1d(4, momentum=None),), 3, True),
        ((nn.BatchNorm1d(4, momentum=0.001, track_running_stats=False), nn.LayerNorm(4)), 3, True),
        ((), 3, True),
    ],
    ids=["usual", "never", "in a longer run", "one of two", "cumulative", "not tracked", "none"],
)
def test_running_statistics_arrive_half_way_or_batches_tell(
    norms: tuple[nn.Module, ...], made: int, arrive: bool
) -> None:
    """A momentum of 0.001 has gone an eighth of the way after 128 steps: scores by it say nothing of the weights."""
    assert running_statistics_arrive(nn.Sequential(*norms), made) is arrive
