"""Holds one derivative against centred differences: the step chosen by scale, kinks told apart from errors.

A kink moves away when the step shrinks, or shows as one-sided differences that disagree; a wrong backward does neither.
Error bands follow CS231n, "Gradient checks" (https://cs231n.github.io/neural-networks-3/#gradcheck).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

OK = 1e-4  # relative error that ReLU nets keep in float64; measured: correct nets stay below 1e-6, factor 1.01 gives 1e-2
WRONG = 1e-3  # between the two nothing is said for sure
EPSILON = torch.finfo(torch.float64).eps
ROUNDING = 64  # units in the last place of the loss that two evaluations may differ by; chosen
STEPS = (1.0, 0.1, 0.01)  # each try moves the kinks ten times further away, in units of the first step
DIRECTION_STEP = 1e-5  # of the tensor's norm
COORDINATE_STEP = 1e-4  # of the tensor's root mean square
SMALLEST_SCALE = 1e-2  # a tensor of zeros moves as if its elements were of this size
UNSURE = 3e-4  # relative rounding noise above which a smaller step says nothing
VANISHING = 10  # times the rounding noise: below it a derivative counts as zero
BEND_SHARE = 0.1  # one-sided disagreement, as a share of the error, from which the error is a kink's


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One derivative, twice.

    Attributes:
        analytic: What backward says.
        numeric: What centred differences say.
        error: Their difference over the larger of the two.
        noise: Rounding noise of the numeric one, absolute.
        bend: Disagreement of the one-sided differences over the larger of the two derivatives.
    """

    analytic: float
    numeric: float
    error: float
    noise: float
    bend: float

    @property
    def scale(self) -> float:
        """Return the larger of the two derivatives."""
        return max(abs(self.analytic), abs(self.numeric))

    @property
    def vanishes(self) -> bool:
        """Return whether both derivatives drown in rounding noise."""
        return self.scale <= VANISHING * self.noise

    @property
    def unsure(self) -> bool:
        """Return whether rounding noise is too large a share of the derivative to judge it."""
        return not math.isfinite(self.error) or self.noise > UNSURE * self.scale

    @property
    def flat(self) -> bool:
        """Return whether the function does not change along the direction although backward says that it does."""
        return abs(self.numeric) <= VANISHING * self.noise < abs(self.analytic)

    @property
    def kink(self) -> bool:
        """Return whether the two differ because the function has a corner or a jump here."""
        return self.error > OK and self.bend > BEND_SHARE * self.error


def compare(
    evaluate: Callable[[], float],
    leaf: Tensor,
    gradient: Tensor,
    direction: Tensor,
    *,
    step: float,
    base: float,
) -> Comparison:
    """Compare the derivative of ``evaluate`` with respect to ``leaf`` along ``direction``, with smaller steps if needed.

    Args:
        evaluate: Computes the scalar from the present values; deterministic.
        leaf: float64 tensor that is moved and put back.
        gradient: What backward gave for it, same shape.
        direction: Unit direction, same shape.
        step: First step along the direction.
        base: Value of ``evaluate`` without a step.

    Returns:
        The comparison with the smallest error among steps that rounding noise lets us trust.
    """
    analytic = float((gradient * direction).sum())
    best: Comparison | None = None
    for factor in STEPS:
        tried = _centred(evaluate, leaf, analytic, direction, step=step * factor, base=base)
        if best is None or (not tried.unsure and (best.unsure or tried.error < best.error)):
            best = tried
        if best.error <= OK or best.vanishes:
            break
    assert best is not None
    return best


def random_direction(leaf: Tensor, generator: torch.Generator, held_row: int | None = None) -> Tensor:
    """Return a random unit direction of the shape of ``leaf``.

    Args:
        leaf: The tensor.
        generator: Draws it.
        held_row: Row that has no gradient by design, and stays where it is.
    """
    direction = torch.randn(leaf.shape, generator=generator, dtype=torch.float64).to(leaf.device)
    if held_row is not None:
        direction[held_row] = 0.0
    return _unit(direction)


def held_row(model: nn.Module, leaf: Tensor) -> int | None:
    """Return the row of an embedding's weights that gets no gradient by design (``padding_idx``); None where there is none.

    The row takes part in the forward, so differences see what it does to the loss.
    """
    for module in model.modules():
        if isinstance(module, nn.Embedding | nn.EmbeddingBag) and module.weight is leaf:
            return module.padding_idx
    return None


def along_gradient(gradient: Tensor, generator: torch.Generator) -> Tensor:
    """Return a random unit direction in which no two components of the gradient cancel: the largest signal there is."""
    weights = torch.rand(gradient.shape, generator=generator, dtype=torch.float64).to(gradient.device)
    direction = weights * gradient.sign()
    return _unit(direction)


def _unit(direction: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(direction)
    return direction.div(length.clamp_min(EPSILON))


def coordinate_direction(leaf: Tensor, index: int) -> Tensor:
    """Return the unit vector of one element, counted in the flat tensor."""
    direction = torch.zeros(leaf.numel(), dtype=torch.float64, device=leaf.device)
    direction[index] = 1.0
    return direction.reshape(leaf.shape)


def direction_step(leaf: Tensor) -> float:
    """Return the first step along a dense unit direction."""
    return DIRECTION_STEP * max(float(leaf.detach().norm()), SMALLEST_SCALE * math.sqrt(leaf.numel()))


def coordinate_step(leaf: Tensor) -> float:
    """Return the first step along one coordinate."""
    return COORDINATE_STEP * max(float(leaf.detach().norm()) / math.sqrt(leaf.numel()), SMALLEST_SCALE)


def _centred(
    evaluate: Callable[[], float],
    leaf: Tensor,
    analytic: float,
    direction: Tensor,
    *,
    step: float,
    base: float,
) -> Comparison:
    original = leaf.detach().clone()
    try:
        with torch.no_grad():
            leaf.copy_(original + step * direction)
        up = evaluate()
        with torch.no_grad():
            leaf.copy_(original - step * direction)
        down = evaluate()
    finally:
        with torch.no_grad():
            leaf.copy_(original)
    numeric = (up - down) / (2 * step)
    scale = max(abs(analytic), abs(numeric), torch.finfo(torch.float64).tiny)
    return Comparison(
        analytic=analytic,
        numeric=numeric,
        error=abs(analytic - numeric) / scale,
        noise=ROUNDING * EPSILON * max(abs(base), abs(up), abs(down)) / step,
        bend=abs(up - 2 * base + down) / step / scale,
    )
