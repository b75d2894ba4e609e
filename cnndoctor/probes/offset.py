"""Whether a loss knows where zero is: losses of a ranking look at differences of outputs alone."""

from __future__ import annotations

import torch
from torch import Tensor

from cnndoctor.probes.loss_call import LossCall

ROUNDING = 1e-5  # of the loss, or of 1 where that is more: what float32 sums differ by
# Distances to both sides may make up for each other under one of them, not under all.
OFFSETS = (1.0, -7.0, 30.0)
HARDLY = 1e-3  # likewise; less says that the outputs hardly matter


def is_offset_free(call: LossCall) -> bool:
    """Return whether the loss stays as it is when one number is added to all outputs, and not when outputs swap places.

    Args:
        call: The only call of the configured loss; its prediction has two elements at least.
    """
    prediction = call.prediction
    if call.loss is None or prediction is None or call.calls != 1 or prediction.numel() < 2:
        return False
    if not prediction.is_floating_point():
        return False
    plain = prediction.detach()

    def value(outputs: Tensor) -> float:
        with torch.no_grad():
            return float(call.again(outputs).sum())

    base = value(plain)
    size = max(1.0, abs(base))
    moved = max(abs(value(plain + offset) - base) for offset in OFFSETS)
    swapped = value(plain.flatten().flip(0).reshape(plain.shape))
    return moved <= ROUNDING * size and abs(swapped - base) > HARDLY * size
