"""Promises of the probe for losses that want other outputs than their targets."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.probes.aim import aims_elsewhere
from cnndoctor.probes.loss_call import LossCall

COUNTS = torch.tensor([0, 3, 1, 12, 5, 2, 7, 4, 4, 9])
HEIGHTS = torch.linspace(140, 200, 10)
OUTPUTS = torch.linspace(-1, 1, 10)


def poisson(log_rate: Tensor, counts: Tensor) -> Tensor:
    """Return a likelihood of counts, on a logarithm of their rate."""
    return (log_rate.exp() - counts * log_rate).mean()


def logarithmic(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return a distance of logarithms."""
    return (outputs - torch.log1p(targets)).abs().mean()


def scaled(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return a distance on a scale of its own."""
    return (outputs - (targets - 170) / 20).square().mean()


def pinball(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the loss of a quantile."""
    off = targets - outputs
    return torch.maximum(0.9 * off, -0.1 * off).mean()


def median(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the loss of the quantile that halves the targets."""
    return pinball(outputs, targets) + pinball(-outputs, -targets)


def insensitive(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return a distance with a margin."""
    return ((outputs - targets).abs() - 20).clamp_min(0).mean()


def turned(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return a distance with the wrong sign."""
    return -(outputs - targets).square().mean()


def others(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return a distance from the targets of other samples."""
    return (outputs - targets.flip(0)).square().mean()


def correlation(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return a loss of all samples together."""
    return -torch.corrcoef(torch.stack([outputs, targets.float()]))[0, 1]


@pytest.mark.parametrize(
    ("loss", "targets", "elsewhere"),
    [
        (poisson, COUNTS, True),
        (poisson, COUNTS.float(), True),
        (logarithmic, COUNTS.float(), True),
        (scaled, HEIGHTS, True),
        (nn.MSELoss(), HEIGHTS, False),
        (nn.L1Loss(), COUNTS.float(), False),
        (pinball, HEIGHTS, True),
        (median, HEIGHTS, False),
        (nn.HuberLoss(), HEIGHTS.square(), False),
        (insensitive, HEIGHTS, False),
        (turned, HEIGHTS, False),
        (others, HEIGHTS, False),
        (correlation, HEIGHTS, False),
    ],
)
def test_a_distance_is_smallest_at_the_target(loss, targets: Tensor, elsewhere: bool) -> None:
    """Logarithms, scales of a loss's own and high quantiles are told from distances, turned losses and those of others."""
    assert aims_elsewhere(LossCall(loss=loss, args=(OUTPUTS, targets), calls=1)) is elsewhere


def test_what_cannot_be_asked_is_no() -> None:
    """Nothing, several calls, other shapes and targets of one value say nothing."""
    assert not aims_elsewhere(LossCall())
    assert not aims_elsewhere(LossCall(loss=scaled, args=(OUTPUTS, HEIGHTS), calls=2))
    assert not aims_elsewhere(LossCall(loss=scaled, args=(OUTPUTS[:, None], HEIGHTS), calls=1))
    assert not aims_elsewhere(LossCall(loss=scaled, args=(OUTPUTS, torch.ones(10)), calls=1))


def test_a_slow_loss_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loss that would be asked for minutes is given up."""
    monkeypatch.setattr("cnndoctor.probes.aim.MOST_SECONDS", 0.0)
    with pytest.raises(TimeoutError):
        aims_elsewhere(LossCall(loss=scaled, args=(OUTPUTS, HEIGHTS), calls=1))


def test_what_a_loss_counts_is_not_its_own() -> None:
    """Hundreds of questions leave no trace in the loss of the run."""

    class Counting(nn.Module):
        calls = 0

        def forward(self, outputs: Tensor, targets: Tensor) -> Tensor:
            self.calls += 1
            return scaled(outputs, targets)

    loss = Counting()
    assert aims_elsewhere(LossCall(loss=loss, args=(OUTPUTS, HEIGHTS), calls=1))
    assert loss.calls == 0
