"""Which loss a model's output meets, also inside code of the user's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnndoctor.probes.loss_call import taker
from cnndoctor.probes.trace import OUTSIDE, traced

Y = torch.ones(4, 3)


def _dice(z: Tensor) -> Tensor:
    p = torch.sigmoid(z)
    return 1 - (p * Y).sum() / (p + Y).sum()


@pytest.mark.parametrize(
    ("loss", "name"),
    [
        pytest.param(_dice, "sigmoid", id="a loss by hand"),
        pytest.param(
            lambda z: _dice(z) + F.binary_cross_entropy_with_logits(z, Y),
            "binary_cross_entropy_with_logits",
            id="a known loss comes before an activation",
        ),
        pytest.param(
            lambda z: F.cross_entropy(z.unsqueeze(0).squeeze(0), Y), "cross_entropy", id="rearranged before"
        ),
        pytest.param(lambda z: (z - Y).square().mean(), "", id="unknown"),
        pytest.param(
            lambda z: F.cross_entropy(2 * z, Y), "", id="what the loss gets is no longer the output"
        ),
    ],
)
def test_the_taker_of_the_output_is_named(loss: Callable[[Tensor], Tensor], name: str) -> None:
    """Only what takes the output itself counts; what is computed from it first says nothing sure."""
    model = nn.Linear(2, 3)
    with traced(model) as trace:
        output = model(torch.zeros(4, 2))
        made = trace.made_by(output)
        loss(output)
    took = taker(trace.operations, made)
    assert (took.name if took else "") == name
    assert taker(trace.operations, OUTSIDE) is None
