"""Promises of the sums that r2 is made of."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.patient.scoring import Tally
from cnndoctor.patient.squares import Squares, usual_targets
from cnndoctor.patient.task import Task


def rides() -> tuple[Tensor, Tensor]:
    """Return good predictions and [N, 1] durations, 4 % of which a meter measured that was left running."""
    torch.manual_seed(0)
    durations = torch.randn(500, 1)
    predictions = durations + 0.1 * torch.randn(500, 1)
    durations[::25] = 100.0
    return predictions, durations


def scored(loss: nn.Module, outputs: Tensor, targets: Tensor, *, batch: int = 64) -> Tally:
    """Return the tally of a regression with this loss, fed in batches."""
    tally = Tally(task=Task.REGRESSION, loss=loss)
    for some, truth in zip(outputs.split(batch), targets.split(batch), strict=True):
        tally.add(some, truth)
    return tally


@pytest.mark.parametrize("loss", [nn.HuberLoss(), nn.SmoothL1Loss(), nn.L1Loss()])
def test_a_robust_loss_is_judged_by_what_it_is_meant_to_fit(loss: nn.Module) -> None:
    """Targets far out take nothing from the score of a run whose loss was chosen against them."""
    tally = scored(loss, *rides())
    assert tally.score() > 0.98
    assert tally.output_std() == pytest.approx(1.0, abs=0.1)
    assert tally.samples == 500


def log_cosh(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return a robust loss of one's own."""
    off = outputs - targets
    return (off + nn.functional.softplus(-2 * off)).mean()


class Weighted(nn.Module):
    """A squared error of one's own, which counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
        self.calls += 1
        return (2 * (outputs - targets).square()).mean()


def needs_more(outputs: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return a loss that takes more than outputs and targets."""
    return (weights * (outputs - targets).abs()).mean()


def test_a_loss_of_ones_own_is_asked() -> None:
    """One that grows like the distance is robust, one that grows like its square is not, and is left as it was."""
    outputs, targets = rides()
    for loss, robust in ((log_cosh, True), (Weighted(), False), (needs_more, False)):
        tally = Tally(task=Task.REGRESSION, loss=loss)
        tally.add(outputs, targets)
        assert (tally.score() > 0.98) is robust
        assert getattr(loss, "calls", 0) == 0


def test_a_squared_error_is_judged_by_all_targets() -> None:
    """Whoever takes a squared error wants those targets predicted, too."""
    assert scored(nn.MSELoss(), *rides()).score() < 0.1


def test_a_robust_loss_without_outliers_has_the_plain_score() -> None:
    """Under any loss the score is the same where no target lies far out."""
    torch.manual_seed(0)
    targets = torch.randn(300, 2)
    outputs = targets + 0.5 * torch.randn(300, 2)
    assert scored(nn.L1Loss(), outputs, targets).score() == scored(nn.MSELoss(), outputs, targets).score()


def test_many_targets_far_out_are_no_outliers() -> None:
    """A fifth of the samples is part of the distribution; so are values beside a column that hardly varies."""
    targets = torch.randn(100, 1)
    targets[:20] = 100.0
    assert bool(usual_targets(targets).all())
    counts = torch.zeros(100, 1)
    counts[:5] = 3.0
    assert bool(usual_targets(counts).all())


def test_batches_of_another_width_are_left_out() -> None:
    """A batch that does not fit those before is not added."""
    squares = Squares()
    assert squares.add(torch.zeros(4, 1), torch.ones(4, 1))
    assert not squares.add(torch.zeros(4, 2), torch.ones(4, 2))
    assert not squares.add(torch.zeros(4, 1), torch.ones(4, 2))
    assert squares.samples == 4


def test_of_very_many_samples_none_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where not all can be kept for quartiles, all targets count, and memory is not held for nothing."""
    monkeypatch.setattr("cnndoctor.patient.squares.MOST_SAMPLES", 300)
    tally = scored(nn.L1Loss(), *rides())
    assert tally.squares is not None
    assert tally.squares.kept == []
    assert tally.score() == scored(nn.MSELoss(), *rides()).score()
