"""Promises of pairing: a loss that takes targets apart from their samples is told from one that compares each with its own."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.first_look.pairing import _Gradients, pairing
from cnndoctor.first_look.patient import Patient
from tests.small import small

INPUTS = torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
TARGETS = torch.arange(8.0)[:, None]


def of_means(output: Tensor, target: Tensor) -> Tensor:
    """Compare the batch's means alone."""
    return (output.mean() - target.mean()).square()


def sorted_targets(output: Tensor, target: Tensor) -> Tensor:
    """Sort one of the two."""
    return (output - target.sort(0).values).square().mean()


class Alike(nn.Module):
    """Gives every sample the same output, as a network does that has forgotten what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        output: Tensor = self.fc(torch.ones_like(inputs))
        return output


def changes(
    loss: Callable[[Tensor, Tensor], Tensor],
    targets: Tensor | None = TARGETS,
    model: nn.Module | None = None,
) -> tuple[float, float]:
    """Return what is measured of a loss on eight samples."""
    session = small().fresh()
    session.model, session.loss = model or nn.Linear(4, 1), loss
    batch = (INPUTS, targets) if targets is not None else (INPUTS,)
    return pairing(Patient(session=session, batch=batch))


@pytest.mark.parametrize("loss", [of_means, sorted_targets, lambda o, t: nn.functional.mse_loss(o, t[:, 0])])
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_a_loss_that_takes_targets_apart(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Moved targets change nothing where means are compared, one side is sorted, or shapes broadcast; other targets do."""
    moved, others = changes(loss)
    assert moved < 1e-6
    assert others > 1e-3


def test_a_loss_that_compares_each_with_its_own() -> None:
    """A squared error knows which target belongs to which sample."""
    moved, _ = changes(nn.MSELoss())
    assert moved > 0.01


def quantile(output: Tensor, target: Tensor) -> Tensor:
    """Weigh what lies above nine times as much as what lies below."""
    off = target - output
    return torch.maximum(0.9 * off, -0.1 * off).mean()


@pytest.mark.parametrize("loss", [nn.L1Loss(), quantile])
def test_where_a_loss_is_linear_nothing_can_be_told(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Targets far above all outputs add up to the same error in any order; among the outputs they do not."""
    assert all(math.isnan(number) for number in changes(loss, TARGETS + 50))
    moved, _ = changes(loss, TARGETS / 4 - 1)
    assert moved > 0.01


@pytest.mark.parametrize("loss", [of_means, sorted_targets])
def test_targets_far_above_the_outputs(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    """A squared error that takes targets apart is found there as well."""
    moved, others = changes(loss, TARGETS + 50)
    assert moved < 1e-6
    assert others > 1e-3


HUGE = 1e11 * (1 + TARGETS)


def test_beside_huge_targets_the_gradient_knows_them() -> None:
    """Targets of 1e11 swallow the outputs, so that the loss hardly moves: its gradient turns all the same."""
    moved, others = changes(nn.MSELoss(), HUGE)
    assert moved > 0.01
    assert others > 0.01


@pytest.mark.parametrize("loss", [of_means, sorted_targets])
def test_huge_targets_that_are_taken_apart_are_told_all_the_same(
    loss: Callable[[Tensor, Tensor], Tensor],
) -> None:
    """Where means are compared or one side is sorted, gradients are blind to the order of targets of any size."""
    moved, others = changes(loss, HUGE)
    assert moved < 1e-4
    assert others > 1e-3


@pytest.mark.parametrize("loss", [nn.MSELoss(), nn.BCEWithLogitsLoss()], ids=["squares", "yes or no"])
def test_a_model_that_answers_alike_for_all_is_no_loss_that_takes_targets_apart(
    loss: Callable[[Tensor, Tensor], Tensor],
) -> None:
    """Where every sample gets the same output, moved targets cannot change the loss: the gradient at the outputs tells."""
    moved, others = changes(loss, TARGETS % 2, model=Alike())
    assert moved > 0.01
    assert others > 1e-3


def test_outputs_that_are_alike_hide_no_loss_of_means() -> None:
    """A loss of the batch's means is told all the same."""
    moved, _ = changes(of_means, TARGETS, model=Alike())
    assert moved < 1e-6


def test_a_loss_without_a_gradient_tells_nothing_more() -> None:
    """Where no weight moves the loss there is no gradient to be turned: what the loss said stands."""

    def flat(output: Tensor, target: Tensor) -> Tensor:
        return 0 * output.sum() + target.mean()

    moved, _ = changes(flat, HUGE)
    assert moved < 1e-4


def test_asking_the_gradient_leaves_the_patient_as_it_was() -> None:
    """Modes, weights, gradients and the random state are what they were before."""
    session = small().fresh()
    session.model = nn.Sequential(nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 1))
    session.loss = nn.MSELoss()
    session.model[1].eval()
    before = {name: value.clone() for name, value in session.model.state_dict().items()}
    state = torch.get_rng_state()
    assert pairing(Patient(session=session, batch=(INPUTS, HUGE)))[0] > 0.01
    assert torch.equal(torch.get_rng_state(), state)
    assert [module.training for module in session.model] == [True, False, True]
    assert all(parameter.grad is None for parameter in session.model.parameters())
    assert all(torch.equal(value, before[name]) for name, value in session.model.state_dict().items())


@pytest.mark.parametrize("targets", [None, torch.ones(8, 1), torch.arange(2.0)], ids=["none", "equal", "few"])
def test_unknown(targets: Tensor | None) -> None:
    """Without targets, with equal ones or next to none nothing is told."""
    loss: Callable[..., Tensor] = lambda output, *_: output.square().mean()  # noqa: E731
    assert all(math.isnan(change) for change in changes(loss, targets))


def test_gradients_are_measured_all_together() -> None:
    """Numbers of several tensors count as one vector; without any there is nothing that could turn."""
    ours = _Gradients(by_parameters=[torch.tensor([3.0]), torch.tensor([[0.0, 4.0]])], by_outputs=[])
    theirs = _Gradients(by_parameters=[torch.tensor([0.0]), torch.tensor([[0.0, 4.0]])], by_outputs=[])
    assert ours.turned(theirs) == pytest.approx(3 / 5)
    assert ours.are_there
    none = _Gradients(by_parameters=[], by_outputs=[])
    assert none.turned(none) == 0
    assert not none.are_there
