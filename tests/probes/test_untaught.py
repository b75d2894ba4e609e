"""Promises of the probe for target values that a loss never looks at."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.probes.loss_call import LossCall
from cnndoctor.probes.untaught import untaught_target

TARGETS = torch.tensor([0.0, 1, 0, 1, 1, 0])[:, None]
LINEAR = torch.tensor([0.4, -0.2, 1.7, -1.3, 0.1, -0.6])[:, None]
SHARES = torch.sigmoid(LINEAR)


def hinge(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the hinge loss of targets -1 and 1."""
    return (1 - targets * outputs).clamp(min=0).mean()


def half(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return a cross-entropy of shares that lacks its second term."""
    return -(targets * outputs.log()).mean()


@pytest.mark.parametrize(
    ("loss", "outputs"), [(hinge, LINEAR), (half, SHARES), (nn.SoftMarginLoss(), LINEAR)]
)
def test_a_value_that_is_never_looked_at(loss: Callable[..., Tensor], outputs: Tensor) -> None:
    """Where the loss is constant at target 0, 0 is named."""
    assert untaught_target(LossCall(loss=loss, args=(outputs, TARGETS), calls=1)) == 0


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        (hinge, LINEAR, 2 * TARGETS - 1),
        (hinge, 9 * (2 * TARGETS - 1), 2 * TARGETS - 1),
        (nn.BCELoss(), SHARES, TARGETS),
        (nn.BCEWithLogitsLoss(), LINEAR, TARGETS),
        (nn.MSELoss(), LINEAR, TARGETS),
        (half, SHARES, TARGETS + torch.arange(6)[:, None]),
        (half, SHARES.expand(6, 2), TARGETS.expand(6, 2)),
    ],
)
def test_losses_that_look_at_both(loss: Callable[..., Tensor], outputs: Tensor, targets: Tensor) -> None:
    """A loss of both values, margins that are kept, other targets and vectors name nothing."""
    assert math.isnan(untaught_target(LossCall(loss=loss, args=(outputs, targets), calls=1)))
