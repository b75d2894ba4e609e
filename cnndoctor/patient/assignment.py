"""The best one-to-one assignment of rows to columns (Hungarian method): which renaming of classes explains predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence


def best_assignment(gains: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """Return the column of each row so that the summed gain is largest.

    Kuhn-Munkres with potentials, O(n³) (Burkard et al., Assignment Problems, 2009, section 4.4).

    Args:
        gains: Square matrix, [row][column].
    """
    n = len(gains)
    row_price, column_price = [0.0] * (n + 1), [0.0] * (n + 1)
    owner = [0] * (n + 1)  # row that holds a column; index 0 is a column that does not exist
    for row in range(1, n + 1):
        owner[0], column = row, 0
        slack, came_from, used = [math.inf] * (n + 1), [0] * (n + 1), [False] * (n + 1)
        while owner[column]:
            used[column] = True
            step, following = math.inf, 0
            for other in range(1, n + 1):
                if used[other]:
                    continue
                cost = -gains[owner[column] - 1][other - 1] - row_price[owner[column]] - column_price[other]
                if cost < slack[other]:
                    slack[other], came_from[other] = cost, column
                if slack[other] < step:
                    step, following = slack[other], other
            for other in range(n + 1):
                if used[other]:
                    row_price[owner[other]] += step
                    column_price[other] -= step
                else:
                    slack[other] -= step
            column = following
        while column:
            owner[column], column = owner[came_from[column]], came_from[column]
    assigned = [0] * n
    for column in range(1, n + 1):
        assigned[owner[column] - 1] = column - 1
    return tuple(assigned)
