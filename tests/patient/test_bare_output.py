"""The activation on a model's output is taken off, be it a module or a function; nothing else is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.patient.bare_output import take_off_last_activation


class Ending(nn.Module):
    """A linear layer, a rectifier, a linear layer, and whatever makes the output."""

    def __init__(self, end: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.first, self.last, self.end = nn.Linear(4, 8), nn.Linear(8, 3), end

    def scores(self, inputs: Tensor) -> Tensor:
        scores: Tensor = self.last(self.first(inputs).relu())
        return scores

    def forward(self, inputs: Tensor) -> Tensor:
        return self.end(self.scores(inputs))


ENDS = {
    "module": nn.Softmax(dim=1),
    "rectifier": nn.ReLU(),
    "function": torch.sigmoid,
    "method": lambda scores: scores.softmax(1),
    "of torch.nn.functional": lambda scores: torch.nn.functional.log_softmax(scores, dim=1),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_output_is_what_the_activation_was_given(end: Callable[[Tensor], Tensor]) -> None:
    """In training and without gradients the scores come out, inner activations are kept, and gradients go all the way."""
    model, inputs = Ending(end), torch.randn(5, 4)
    take_off_last_activation(model)
    output = model(inputs)
    assert torch.equal(output, model.scores(inputs))
    output.sum().backward()
    assert model.first.weight.grad is not None
    with torch.no_grad():
        assert torch.equal(model.eval()(inputs), output)


@pytest.mark.parametrize("end", [nn.Identity(), nn.ReLU(inplace=True)], ids=["none", "in place"])
def test_what_cannot_be_taken_off_is_refused(end: nn.Module) -> None:
    """An output that no activation made, or one in place that left nothing to go back to, raises instead of training on."""
    model = Ending(end)
    take_off_last_activation(model)
    with pytest.raises(RuntimeError, match="none to take off"):
        model(torch.randn(5, 4))
