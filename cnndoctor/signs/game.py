"""Whether the loss is played as a game: some parameters are meant to raise the very loss that the others lower.

Two networks against each other behind a reversed gradient are trained well when neither wins. Their loss then stays up,
swings or rises, at the best of rates: lower is not better, and nothing can be read off it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from cnndoctor.evidence.gradient import GradientEvidence, TensorCheck

# Relative. By differences in float64 the twelve tensors of two GANs agree to 1e-6.
SAME = 1e-3
NO_FLOOR_TO_REACH = "two sides play against each other for this loss: how far it falls tells nothing"


def is_a_game(gradient: GradientEvidence | None) -> bool:
    """Return whether every gradient that differs on purpose is the true one turned round, by one factor, and others are true.

    A reversal behind which a second loss joins in turns some numbers only: there is a loss to lower besides, which tells.

    Args:
        gradient: Gradients held against differences; None where nobody looked.
    """
    if gradient is None:
        return False
    # Of parameters: the input is nobody's to change.
    own = [tensor for tensor in gradient.tensors if tensor.layer]
    meant = [tensor for tensor in own if tensor.verdict == "unchecked" and tensor.numeric != 0]
    lowering = any(tensor.verdict == "ok" for tensor in own)
    return lowering and len(meant) > 1 and _turned_by_one_factor(meant)


def _turned_by_one_factor(tensors: Sequence[TensorCheck]) -> bool:
    factors = [tensor.analytic / tensor.numeric for tensor in tensors]
    return (
        all(map(math.isfinite, factors))
        and max(factors) < 0
        and max(factors) - min(factors) <= SAME * -min(factors)
    )
