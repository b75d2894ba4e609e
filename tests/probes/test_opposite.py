"""Promises of the probe for losses that grow as predictions come closer to their masks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.probes.loss_call import LossCall
from cnndoctor.probes.opposite import prefers_opposite

MASKS = (torch.arange(128).reshape(2, 1, 8, 8) % 5 == 0).float()
SCORES = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
SHARES = torch.sigmoid(SCORES)


def dice(outputs: Tensor, masks: Tensor) -> Tensor:
    """Return the Dice score: 1 where both are the same."""
    return (2 * (outputs * masks).sum() + 1) / (outputs.sum() + masks.sum() + 1)


def asked(loss: Callable[..., Tensor], outputs: Tensor, masks: Tensor = MASKS) -> bool:
    """Return what the probe says of a loss that was called once."""
    return prefers_opposite(LossCall(loss=loss, args=(outputs, masks), calls=1))


@pytest.mark.parametrize(
    ("loss", "outputs"),
    [
        (dice, SHARES),
        (lambda o, m: dice(o.sigmoid(), m), SCORES),
        (lambda o, m: -nn.functional.mse_loss(o, m), SHARES),
        (lambda o, m: -nn.functional.binary_cross_entropy_with_logits(o, m), SCORES),
    ],
)
def test_a_score_that_is_minimised(loss: Callable[..., Tensor], outputs: Tensor) -> None:
    """A Dice that is not taken from 1, and losses with a turned sign, prefer the opposite of the masks."""
    assert asked(loss, outputs)


@pytest.mark.parametrize(
    ("loss", "outputs"),
    [
        (lambda o, m: 1 - dice(o, m), SHARES),
        (lambda o, m: -dice(o, m), SHARES),
        (nn.BCELoss(), SHARES),
        (nn.MSELoss(), SHARES),
        (nn.BCEWithLogitsLoss(pos_weight=torch.tensor(20.0)), SCORES),
        (lambda o, m: 0 * o.sum() + m.mean(), SHARES),
    ],
)
def test_losses_of_masks_that_want_them(loss: Callable[..., Tensor], outputs: Tensor) -> None:
    """A Dice taken from 1 or from 0, cross-entropies, squares and constants do not."""
    assert not asked(loss, outputs)


def test_distances_of_pairs_are_not_asked() -> None:
    """Where a target of 1 means alike, a distance of 0 is right: single numbers tell nothing."""
    pairs = torch.tensor([0.0, 1, 0, 1])[:, None]
    assert not asked(lambda o, t: (t * o).mean(), torch.rand(4, 1), pairs)


@pytest.mark.parametrize("masks", [torch.zeros_like(MASKS), MASKS * 255, MASKS[:, :, :4]])
def test_other_targets_are_not_asked(masks: Tensor) -> None:
    """Empty masks, other numbers and other shapes tell nothing."""
    assert not asked(lambda o, m: -(o - m.mean()).square().mean(), SHARES, masks)
