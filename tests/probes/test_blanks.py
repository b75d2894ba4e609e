"""Targets of a CTC loss that hold the blank."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from cnndoctor.probes.blanks import share_with_blank
from cnndoctor.probes.loss_call import LossCall

SCORES = torch.zeros(8, 3, 5)
PADDED = torch.tensor([[1, 2, 0], [3, 0, 4], [2, 2, 2]])


@pytest.mark.parametrize(
    ("targets", "lengths", "blank", "share"),
    [
        (PADDED, torch.tensor([2, 3, 3]), 0, 1 / 3),
        (PADDED, (3, 3, 3), 0, 2 / 3),
        (PADDED, torch.tensor([2, 3, 3]), 4, 1 / 3),
        (PADDED, torch.tensor([2, 1, 3]), 0, 0.0),
        (torch.tensor([1, 2, 3, 0, 2]), torch.tensor([2, 2, 1]), 0, 1 / 3),
        (torch.tensor([1, 2, 3, 0, 2]), torch.tensor([2, 2, 2]), 0, 0.0),
        (PADDED, None, 0, 0.0),
    ],
    ids=[
        "padded",
        "padding counted",
        "last index",
        "behind the length",
        "joined",
        "lengths do not fit",
        "no lengths",
    ],
)
def test_the_share_of_targets_with_the_blank(
    targets: Tensor, lengths: object, blank: int, share: float
) -> None:
    """Only what lies within a target's length is read; lengths that nobody knows say nothing."""
    call = LossCall(args=(SCORES, targets, torch.full((3,), 8), lengths))
    assert share_with_blank(call, blank) == pytest.approx(share)


def test_named_arguments_are_read_as_well() -> None:
    """``F.ctc_loss(scores, targets=…, target_lengths=…)`` is the same call."""
    call = LossCall(args=(SCORES,), kwargs={"targets": PADDED, "target_lengths": torch.tensor([2, 3, 3])})
    assert share_with_blank(call, 0) == pytest.approx(1 / 3)
