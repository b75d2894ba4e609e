"""Promises of the assignment, held against trying everything."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from cnndoctor.survey.assignment import best_assignment


def test_equals_the_best_of_all_permutations() -> None:
    """On small tables the total is the largest there is."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        table = rng.random((5, 5))
        chosen = best_assignment(table)
        best = max(sum(table[i, p[i]] for i in range(5)) for p in permutations(range(5)))
        assert sorted(chosen) == list(range(5))
        assert abs(sum(table[i, c] for i, c in enumerate(chosen)) - best) < 1e-12
