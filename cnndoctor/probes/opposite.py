"""Whether a loss of masks is smaller the more a prediction is the opposite of its mask."""

from __future__ import annotations

import math
from itertools import pairwise

import torch
from torch import Tensor

from cnndoctor.probes.loss_call import LossCall

# How much of the way from the opposite mask to the mask itself is tried. The ends stay away from 0 and 1, whose logarithms
# losses take; four points, so that a loss which merely turns back somewhere (a margin, a clamp) is not taken for a turned one.
AGREEMENT = (0.05, 0.35, 0.65, 0.95)
STEEP = 6.0  # from a share of -0.5 to 0.5 around the middle: scores from -3 to 3
LEAST = 0.02  # of the largest value, between neighbours: chosen; a Dice of masks changes by a tenth and more


def prefers_opposite(call: LossCall) -> bool:
    """Return whether the loss only grows as a prediction comes from the opposite of the masks to the masks themselves.

    A Dice or IoU that is returned as it is, and not taken from 1, is such a loss. Single numbers are not asked: there a target
    of 1 may stand for samples that are alike, and the prediction for a distance.

    Args:
        call: The call of the configured loss: predictions and masks of 0 and 1 in one shape, [N, H, W] or with more axes.
    """
    prediction, target = call.prediction, call.target
    if call.loss is None or prediction is None or target is None or call.calls != 1 or prediction.ndim < 3:
        return False
    if prediction.shape != target.shape or not prediction.is_floating_point():
        return False
    masks = target.detach()
    if not bool(((masks == 0) | (masks == 1)).all()) or not bool((masks != masks.flatten()[0]).any()):
        return False
    shares = bool((prediction >= 0).all()) and bool((prediction <= 1).all())
    values = []
    with torch.no_grad():
        for agreement in AGREEMENT:
            tried = _agreeing(masks.to(prediction.dtype), agreement)
            value = call.again(tried if shares else STEEP * (tried - 0.5))
            values.append(float(value.float().mean()))
    if not all(map(math.isfinite, values)):
        return False
    least = LEAST * max(map(abs, values))
    return all(after - before > least for before, after in pairwise(values))


def _agreeing(masks: Tensor, agreement: float) -> Tensor:
    """Return shares that are the agreement where a mask is 1, and what is left of 1 where it is 0."""
    return masks * agreement + (1 - masks) * (1 - agreement)
