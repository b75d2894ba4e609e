"""What is an affine map and what is none, as the control experiment sees it."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.probes.controls import curvature, wake


class Pooled(nn.Module):
    """Convolutions with average pooling and normalisation between, and a chosen function after them."""

    def __init__(self, between: nn.Module) -> None:
        super().__init__()
        layers = (nn.Conv1d(1, 8, 5), between, nn.BatchNorm1d(8), nn.AvgPool1d(2), nn.Conv1d(8, 8, 3))
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores."""
        scores: Tensor = self.head(self.body(x).mean(2))
        return scores


def measured(between: nn.Module, x: Tensor) -> float:
    """Return the curvature of a network with this module inside."""
    torch.manual_seed(0)
    return curvature(Pooled(between).eval(), x)


def test_affine() -> None:
    """Pooling by average, normalisation in eval mode and means keep a network affine."""
    assert measured(nn.Identity(), torch.randn(16, 1, 32)) < 1e-5


@pytest.mark.parametrize("between", [nn.ReLU(), nn.Tanh(), nn.GELU(), nn.LeakyReLU(0.2)])
@pytest.mark.parametrize("scale", [1e-3, 1.0, 255.0])
def test_bent(between: nn.Module, scale: float) -> None:
    """Any activation bends it, whatever the range of the inputs."""
    torch.manual_seed(1)
    assert measured(between, scale * torch.rand(16, 1, 32)) > 1e-3


def test_unknown() -> None:
    """Tokens, a batch of one and an output that does not move say nothing."""
    assert math.isnan(curvature(lambda x: x.float(), torch.randint(0, 9, (4, 3))))
    assert math.isnan(curvature(nn.Linear(3, 2), torch.randn(1, 3)))
    assert math.isnan(curvature(lambda x: torch.ones(len(x), 2), torch.randn(8, 3)))


class Gated(nn.Module):
    """Residual branches behind a scale that starts at zero."""

    def __init__(self, activation: nn.Module) -> None:
        super().__init__()
        self.inner = nn.Linear(6, 6)
        self.activation = activation
        self.gate = nn.Parameter(torch.zeros(1))
        self.head = nn.Linear(6, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return scores."""
        scores: Tensor = self.head(x + self.gate * self.activation(self.inner(x)))
        return scores


@pytest.mark.parametrize(("activation", "affine"), [(nn.ReLU(), False), (nn.Identity(), True)])
def test_a_gate_that_starts_at_zero_is_no_proof(activation: nn.Module, affine: bool) -> None:
    """What a zero scale switches off at the start is looked at switched on; a linear network stays linear."""
    torch.manual_seed(0)
    model, x = Gated(activation).eval(), torch.randn(16, 6)
    assert curvature(model, x) < 1e-5
    wake(model)
    assert (curvature(model, x) < 1e-5) is affine
