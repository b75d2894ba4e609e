"""The best one-to-one assignment of rows to columns: which renaming of classes explains predictions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def best_assignment(gains: npt.ArrayLike) -> tuple[int, ...]:
    """Return the column of each row so that the summed gain is largest, each column used once.

    Kuhn-Munkres with potentials, O(n³) (Burkard et al., Assignment Problems, 2009, section 4.4).

    Args:
        gains: [rows, columns], square.
    """
    cost = -np.asarray(gains, dtype=np.float64)
    n = len(cost)
    rows, columns = np.zeros(n + 1), np.zeros(n + 1)
    match = np.zeros(
        n + 1, dtype=np.int64
    )  # column → row, both counted from 1; column 0 is the one being placed
    for row in range(1, n + 1):
        match[0] = row
        column = 0
        slack = np.full(n + 1, np.inf)
        came_from = np.zeros(n + 1, dtype=np.int64)
        used = np.zeros(n + 1, dtype=bool)
        while match[column] != 0:
            used[column] = True
            current = match[column]
            reduced = cost[current - 1] - rows[current] - columns[1:]
            better = ~used[1:] & (reduced < slack[1:])
            slack[1:][better] = reduced[better]
            came_from[1:][better] = column
            free = np.where(used[1:], np.inf, slack[1:])
            following = int(free.argmin()) + 1
            delta = free[following - 1]
            rows[match[used]] += delta
            columns[used] -= delta
            slack[~used] -= delta
            column = following
        while column:
            previous = int(came_from[column])
            match[column] = match[previous]
            column = previous
    assigned = [0] * n
    for column in range(1, n + 1):
        assigned[int(match[column]) - 1] = column - 1
    return tuple(assigned)
