"""Whether a loss teaches nothing to the samples of one of two target values, whatever the model says of them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from cnndoctor.probes.loss_call import LossCall

FEWEST = 2  # samples of each value
SHARES = ((0.0, 1.0), (0.1, 0.5, 0.9))  # where outputs are shares, and which of them are tried
AROUND = (-0.9, -0.3, 0.3, 0.9)  # tried otherwise: within a margin of 1 and the limits of tanh


def untaught_target(call: LossCall) -> float:
    """Return the value of two-valued targets at which the loss has no gradient for any output that is tried; NaN for none.

    A hinge loss (1 - target · output) given 0 and 1, and a cross-entropy written by hand without its second term, are constant
    where the target is 0. A margin that is kept by itself has no gradient either, so several outputs are tried at every sample.

    Args:
        call: The call of the configured loss: predictions [N] or [N, 1] and as many targets.
    """
    prediction, target = call.prediction, call.target
    if call.loss is None or prediction is None or target is None or call.calls != 1:
        return math.nan
    single = prediction.ndim == 1 or (prediction.ndim == 2 and prediction.shape[1] == 1)
    if not single or prediction.shape != target.shape or not prediction.is_floating_point():
        return math.nan
    values = torch.unique(target.detach())
    if len(values) != 2 or min(int((target == value).sum()) for value in values) < FEWEST:
        return math.nan
    silent = {float(value) for value in values}
    for outputs in _tried(prediction.detach()):
        outputs.requires_grad_()
        with torch.enable_grad():
            value = call.again(outputs, target.detach()).sum()
            (gradient,) = torch.autograd.grad(value, outputs, allow_unused=True, materialize_grads=True)
        if not bool(gradient.isfinite().all()):
            return math.nan
        silent = {label for label in silent if not bool((gradient[target == label] != 0).any())}
    return silent.pop() if len(silent) == 1 else math.nan


def _tried(prediction: Tensor) -> Iterator[Tensor]:
    """Yield the outputs as they are, and the same one for all samples several times."""
    (low, high), shares = SHARES
    yield prediction.clone()
    for value in shares if low <= prediction.min() and prediction.max() <= high else AROUND:
        yield torch.full_like(prediction, value)
