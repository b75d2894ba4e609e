"""The tracer: operations with their producers, layers and source lines, and nothing left behind."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from cnndoctor.probes.trace import OUTSIDE, traced


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        """Use a layer, a function in place and a method."""
        y: Tensor = self.fc(x)
        y.relu_()
        return y.view(-1)


def test_operations() -> None:
    """Each operation knows its layer, what made its input and the user's line; in-place ones take over the tensor."""
    model = Net()
    with traced(model) as trace:
        out = model(torch.zeros(2, 4))
        last = trace.made_by(out)
    ours = [op for op in trace.operations if op.name in {"linear", "relu", "view"}]
    assert [(op.name, op.layer, op.in_torch) for op in ours] == [
        ("linear", "fc", True),
        ("relu", "", False),
        ("view", "", False),
    ]
    linear, relu, view = ours
    assert linear.parameters == (False, True, True)
    assert (relu.producers[0], view.producers[0], last) == (linear.index, relu.index, view.index)
    assert (view.before, view.after) == ((2, 4), (8,))
    assert view.file == __file__
    assert view.line == relu.line + 1


def test_nothing_is_left() -> None:
    """Values are those of the untraced model, hooks are gone, also after an exception."""
    model = Net()
    x = torch.randn(2, 4)
    with traced(model):
        traced_out = model(x)
    assert torch.equal(traced_out, model(x))
    try:
        with traced(model):
            model(torch.zeros(2, 5))
    except RuntimeError:
        pass
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_tensor_from_outside() -> None:
    """An input that no operation made has no producer."""
    model = nn.Linear(4, 4)
    x = torch.zeros(2, 4)
    with traced(model) as trace:
        model(x)
    assert trace.operations[-1].producers[0] == OUTSIDE
