"""Promises of a step's own targets: what is only scaled, one-hot or mixed is the batch's, other numbers are not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from cnndoctor.first_look.met_at_loss import _own_targets
from cnndoctor.patient.session import Computed
from cnndoctor.probes.loss_call import LossCall

LABELS = torch.tensor([0, 2, 1, 1, 0, 2])
NUMBERS = torch.tensor([1.0, 4.0, 2.0, 8.0, 3.0, 9.0])
HOT = one_hot(LABELS, 3).float()


@pytest.mark.parametrize(
    ("named", "given", "own"),
    [
        (NUMBERS, NUMBERS, False),
        ((NUMBERS[:, None] - 4) / 3, NUMBERS, False),
        (NUMBERS.log(), NUMBERS, False),
        (HOT, LABELS, False),
        (0.7 * HOT + 0.3 * HOT.flip(0), LABELS, False),
        (torch.tensor([5.0, 1.0, 3.0, 3.0, 2.0, 4.0]), LABELS, True),
        (torch.rand(6, 1, 8, 8), LABELS, True),
        (LABELS, LABELS, False),
        (None, LABELS, False),
        (NUMBERS, None, False),
    ],
    ids=[
        "same",
        "scaled",
        "logarithm",
        "one-hot",
        "mixed",
        "returns",
        "pictures",
        "labels",
        "none",
        "nothing given",
    ],
)
def test_what_a_step_takes_for_its_targets(named: Tensor | None, given: Tensor | None, own: bool) -> None:
    """A baseline fitted to the batch's targets is a measure for the first, and for returns and pictures none."""
    computed = Computed(loss=torch.zeros(()), targets=named)
    assert _own_targets(LossCall(), computed, given) is own
