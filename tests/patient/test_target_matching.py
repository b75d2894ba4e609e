"""Whose targets the predictions of a regression come nearest to."""

from __future__ import annotations

import math

import torch

from cnndoctor.evidence.train import Matching
from cnndoctor.patient.session import Computed
from cnndoctor.patient.target_matching import MOST, TargetMatching
from cnndoctor.patient.task import Task


def matching(outputs: torch.Tensor, targets: torch.Tensor, task: Task = Task.REGRESSION) -> Matching | None:
    """Hand over predictions and targets in batches of sixteen."""
    seen = TargetMatching(task)
    for ours, theirs in zip(outputs.split(16), targets.split(16), strict=True):
        seen.add(Computed(loss=torch.zeros(()), outputs=ours, targets=theirs))
    return seen.matching()


def drawn(samples: int, *shape: int) -> torch.Tensor:
    """Return random targets."""
    return torch.randn(samples, *shape, generator=torch.Generator().manual_seed(1))


def test_predictions_near_their_own_targets() -> None:
    """A good regression of pictures comes nearest to its own targets, and shifting the lists makes it worse."""
    targets = drawn(100, 1, 6, 6)
    found = matching(targets + 0.3 * drawn(100, 1, 6, 6).flip(0), targets)
    assert found is not None
    assert found.own_share > 0.95
    assert found.shifted_score < 0


def test_targets_of_others_are_found_under_any_order() -> None:
    """Shuffled targets are nearest to other predictions than their own, and fit those as well."""
    targets = drawn(100, 1, 6, 6)
    order = torch.randperm(100, generator=torch.Generator().manual_seed(2))
    found = matching(targets[order] + 0.1, targets)
    assert found is not None
    assert found.own_share < 0.1
    assert found.nearest_score > 0.9


def test_a_list_that_is_two_samples_late() -> None:
    """Single numbers have near neighbours by chance; lists moved against each other are still found, with the direction."""
    targets = drawn(100, 1)
    found = matching(targets.roll(-2, 0), targets)
    assert found is not None
    assert math.isnan(found.own_share)
    assert found.shift == 2
    assert found.shifted_score > 0.9


def test_nothing_is_said_where_nothing_can_be_compared() -> None:
    """Classes, a handful of samples and outputs of another form give no matching; many samples are cut."""
    targets = drawn(100, 8)
    assert matching(targets, targets, Task.CLASSIFICATION) is None
    assert matching(targets[:16], targets[:16]) is None
    assert matching(drawn(100, 4), targets) is None
    many = matching(drawn(400, 8), drawn(400, 8))
    assert many is not None
    assert many.samples == MOST
