"""What rates are planned: the shape of a schedule."""

from __future__ import annotations

import pytest

from cnndoctor.rates.plan import shape_of


@pytest.mark.parametrize(("planned", "shape"), [
    ((), "constant"), ((0.1,) * 5, "constant"), ((0.1, 0.05, 0.0), "decaying"), ((0.01, 0.1, 0.05, 0.0), "warmup"),
    ((0.0, 0.0), "constant"),
])  # fmt: skip
def test_the_shape_of_a_schedule(planned, shape):
    """The peak of a schedule that warms up is judged, not its first value."""
    assert shape_of(planned) == shape
