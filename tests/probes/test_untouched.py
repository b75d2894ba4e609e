"""The restoring block: a model and the random state are bit for bit as before."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnndoctor.probes.untouched import untouched


def test_everything_is_put_back() -> None:
    """Weights, buffers, gradients, modes, gradient flags and randomness survive whatever the block does."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
    model(torch.randn(8, 4)).sum().backward()
    model[2].eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    random = torch.get_rng_state()
    with untouched(model):
        model.train()
        model(torch.randn(8, 4)).sum().backward()
        torch.optim.SGD(model.parameters(), lr=1.0).step()
        model[0].weight.requires_grad_(False)
        model.zero_grad(set_to_none=True)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(
        torch.equal(p.grad, g)
        for p, g in zip(model.parameters(), gradients, strict=True)
        if p.grad is not None
    )
    assert all(p.requires_grad and p.grad is not None for p in model.parameters())
    assert [m.training for m in model] == [True, True, False]
    assert torch.equal(torch.get_rng_state(), random)


def test_it_restores_after_an_exception() -> None:
    """An exception inside passes through, and the model is restored all the same."""
    model = nn.Linear(2, 2)
    weight = model.weight.detach().clone()

    def spoil() -> None:
        with untouched(model), torch.no_grad():
            model.weight.zero_()
            model(torch.zeros(1, 3))

    with pytest.raises(RuntimeError):
        spoil()
    assert torch.equal(model.weight, weight)


def test_lazy_parameters_are_left_alone() -> None:
    """A lazy layer may take its shape inside the block."""
    model = nn.LazyLinear(3)
    with untouched(model):
        model(torch.zeros(1, 5))
    assert model.weight.shape == (3, 5)
