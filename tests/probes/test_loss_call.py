"""Which loss a model's output meets, also inside code of the user's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnndoctor.probes.loss_call import is_difference, taker
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


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        pytest.param(lambda z: (z - Y).square().mean(), True, id="squared error"),
        pytest.param(lambda z: (Y - z).abs().mean(), True, id="the other way round"),
        pytest.param(lambda z: (z[:, 0] - Y[:, 0]).pow(2).mean(), True, id="slices of both"),
        pytest.param(lambda z: (z.sigmoid() - Y).square().mean(), False, id="no longer the output"),
        pytest.param(lambda z: (z - 2 * Y).square().mean(), False, id="no longer the targets"),
        pytest.param(lambda z: (z - Y[:, :1]).square().mean(), False, id="broadcast"),
        pytest.param(lambda z: (z[1:] - z[:-1]).square().mean(), False, id="itself"),
        pytest.param(lambda z: (z - 1).square().mean(), False, id="a number"),
    ],
)
def test_a_difference_of_output_and_targets_is_told(loss: Callable[[Tensor], Tensor], told: bool) -> None:
    """What is subtracted must be the output itself and something as large from outside of the model, whole or in slices."""
    model = nn.Linear(2, 3)
    with traced(model) as trace:
        output = model(torch.zeros(4, 2))
        made = trace.made_by(output)
        loss(output)
    assert is_difference(trace.operations, made) is told
    assert not is_difference(trace.operations, OUTSIDE)
