"""Values stay in the graph while it is asked for; what is detached by its meaning, and all that comes after, does not."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.distributions import Normal
from torch.nn import functional as F

from cnndoctor.patient.kept_values import KeptInGraph


@pytest.fixture
def leaf() -> Tensor:
    """Return a leaf with a gradient."""
    return torch.tensor([1.0, 2.0, 3.0], requires_grad=True)


def squared_without_graph(value: Tensor) -> Tensor:
    """Compute under no_grad."""
    with torch.no_grad():
        return value * value


CUTS = {
    "detach": lambda x: (x * x).detach(),
    "data": lambda x: (x * x).data,
    "detach in place": lambda x: (x * x).detach_(),
    "no_grad": squared_without_graph,
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_a_cut_value_keeps_its_gradient(cut, leaf: Tensor) -> None:
    """Each way out of the graph is closed, with the same numbers, and open again afterwards."""
    with KeptInGraph():
        kept = cut(leaf)
    assert torch.equal(kept, leaf.detach() ** 2)
    (gradient,) = torch.autograd.grad(kept.sum(), leaf)
    assert torch.equal(gradient, 2 * leaf.detach())
    assert not cut(leaf).requires_grad


def test_samples_have_gradients_and_the_same_numbers(leaf: Tensor) -> None:
    """What a normal distribution draws without a gradient is drawn with one, number by number."""
    torch.manual_seed(4)
    drawn = Normal(leaf, leaf.exp()).sample()
    torch.manual_seed(4)
    with KeptInGraph():
        kept = Normal(leaf, leaf.exp()).sample()
    assert not drawn.requires_grad
    assert kept.requires_grad
    assert torch.equal(drawn, kept)


CONSTANTS = {
    "straight-through": (lambda x: x + (x.round() - x).detach(), 1.0),
    "straight-through, the other way": (lambda x: x.round() - x.detach() + x, 1.0),
    "baseline": (lambda x: x * (5 - x).detach(), None),
    "reference of a loss": (lambda x: F.mse_loss(2 * x, x.detach(), reduction="none"), None),
}


@pytest.mark.parametrize(("program", "slope"), CONSTANTS.values(), ids=CONSTANTS)
def test_what_is_meant_as_a_constant_stays_one(program, slope: float | None, leaf: Tensor) -> None:
    """Straight-through estimators, baselines and references of a loss give the gradient that they give anyway."""
    (plain,) = torch.autograd.grad(program(leaf).sum(), leaf)
    with KeptInGraph():
        value = program(leaf)
    (kept,) = torch.autograd.grad(value.sum(), leaf)
    assert torch.equal(plain, kept)
    assert slope is None or kept.tolist() == [slope] * 3


def test_nothing_stays_after_an_exception(leaf: Tensor) -> None:
    """Code that raises leaves detach, no_grad and the mode of gradients as they were."""
    with pytest.raises(ZeroDivisionError), KeptInGraph(), torch.no_grad():
        1 / 0  # noqa: B018 - it is here to raise
    assert torch.is_grad_enabled()
    assert not leaf.detach().requires_grad
    assert not squared_without_graph(leaf).requires_grad


def test_the_place_of_a_cut_is_noted(leaf: Tensor) -> None:
    """The user's line that takes a value out of the graph is known, where it is asked for."""
    with KeptInGraph(noting=True) as kept:
        CUTS["detach"](leaf)
        squared_without_graph(leaf)
    assert [(name, file) for name, file, _ in kept.calls] == [("detach", __file__), ("no_grad", __file__)]


def test_a_derivative_can_be_differentiated_again(leaf: Tensor) -> None:
    """A derivative that a step takes for its loss keeps its graph, and its line is noted; afterwards it does not."""

    def slope() -> Tensor:
        return torch.autograd.grad((leaf**3).sum(), leaf)[0]

    with KeptInGraph(noting=True) as kept:
        inside = slope()
    (second,) = torch.autograd.grad(inside.sum(), leaf)
    assert torch.equal(second, 6 * leaf.detach())
    assert [(name, file) for name, file, _ in kept.calls] == [("autograd.grad", __file__)]
    assert not slope().requires_grad
