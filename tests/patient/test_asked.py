"""Promises of a loss that is asked questions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cnndoctor.patient.asked import to_ask


class Remembering(nn.Module):
    """Counts its calls, keeps a mean of its values in a buffer, and the last one with its graph."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.last: Tensor | None = None
        self.scale = nn.Parameter(torch.ones(()))
        self.mean: Tensor
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        self.calls += 1
        self.last = self.scale * (outputs - targets).square().mean()
        self.mean = 0.9 * self.mean + 0.1 * self.last.detach()
        return self.last


def test_a_loss_forgets_what_it_was_asked() -> None:
    """Calls, means and kept values are as before, the answer is its own, and parameters are not held twice."""
    loss = Remembering()
    other = to_ask(loss)
    assert float(other(torch.ones(3), torch.zeros(3)).detach()) == 1
    assert (loss.calls, float(loss.mean), loss.last) == (0, 0.0, None)
    assert isinstance(other, Remembering)
    assert other.scale is loss.scale


def test_what_cannot_be_copied_whole_is_copied_on_its_surface() -> None:
    """A loss that keeps its last value with the graph, which torch does not copy, still forgets what it was asked."""
    loss = Remembering()
    kept = loss(torch.ones(3), torch.zeros(3))
    assert float(to_ask(loss)(2 * torch.ones(3), torch.zeros(3)).detach()) == 4
    assert loss.calls == 1
    assert loss.last is kept


def test_a_function_is_itself() -> None:
    """There is nothing to copy of a plain function."""
    assert to_ask(nn.functional.mse_loss) is nn.functional.mse_loss
