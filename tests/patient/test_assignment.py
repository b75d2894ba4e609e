"""The best assignment is the one that trying every permutation finds."""

from itertools import permutations

import pytest
import torch

from cnndoctor.patient.assignment import best_assignment


@pytest.mark.parametrize("seed", range(5))
def test_best_assignment_is_that_of_trying_everything(seed: int) -> None:
    """On random 5x5 gains the sum equals the largest over all permutations."""
    gains = torch.randint(0, 50, (5, 5), generator=torch.Generator().manual_seed(seed)).tolist()
    found = best_assignment(gains)
    assert sorted(found) == list(range(5))
    best = max(sum(gains[i][p[i]] for i in range(5)) for p in permutations(range(5)))
    assert sum(gains[i][found[i]] for i in range(5)) == best
