"""Which changes make sense for an experiment."""

from __future__ import annotations

import pytest

from cnndoctor.training.rivals import ATTACHED, rivals
from tests.small import small


@pytest.mark.parametrize("cut", [False, True])
def test_the_whole_graph_is_tried_only_where_gradients_are_cut(cut: bool) -> None:
    """A run whose gradients are whole is not tried without cuts."""
    assert (ATTACHED in list(rivals(small(), penalised=False, cut=cut))) is cut
