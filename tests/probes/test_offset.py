"""Promises of the probe for losses that know no zero."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.probes.loss_call import LossCall
from cnndoctor.probes.offset import is_offset_free

SCORES = torch.tensor([[0.2, 1.4, -0.3], [2.0, 0.1, 0.9]])
GRADES = torch.tensor([[0.0, 3, 1], [1.0, 0, 2]])


def listed(scores: Tensor, grades: Tensor) -> Tensor:
    """Return a ranking loss over each row."""
    return -(grades.softmax(1) * scores.log_softmax(1)).sum(1).mean()


def paired(scores: Tensor, grades: Tensor) -> Tensor:
    """Return a loss of the differences of two columns."""
    return nn.functional.softplus((scores[:, 0] - scores[:, 1]) * (grades[:, 1] - grades[:, 0])).mean()


@pytest.mark.parametrize(
    ("loss", "free"),
    [
        (listed, True),
        (paired, True),
        (nn.MSELoss(), False),
        (nn.L1Loss(), False),
        (nn.BCEWithLogitsLoss(), False),
        (lambda scores, _grades: 0 * scores.sum() + 1.0, False),
    ],
    ids=["a ranking", "pairs", "squares", "distances", "logits", "no matter what"],
)
def test_only_differences_of_outputs_count_for_a_ranking(loss: Callable[..., Tensor], free: bool) -> None:
    """A number added to all outputs leaves a ranking's loss; another order of outputs does not."""
    assert is_offset_free(LossCall(loss=loss, args=(SCORES, GRADES), calls=1)) is free


def test_what_was_not_called_once_is_unknown() -> None:
    """Nothing, several calls and a single output say nothing."""
    assert not is_offset_free(LossCall())
    assert not is_offset_free(LossCall(loss=listed, args=(SCORES, GRADES), calls=2))
    assert not is_offset_free(LossCall(loss=listed, args=(SCORES[:1, :1], GRADES[:1, :1]), calls=1))
