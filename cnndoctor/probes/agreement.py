"""How far the gradients of different batches agree at equal weights: the simple noise scale of large-batch training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from cnndoctor.patient.batches import size_of
from cnndoctor.patient.session import Session

FEWEST_WINDOWS = 4  # six pairs; with fewer the mean product of two gradients is mostly luck
WINDOWS = 8  # that suffice where they hold enough samples
MOST_WINDOWS = 32  # for tiny batches, until as many samples are seen
SAMPLES = 64
SECONDS = 5.0
HALF_SCALE = 1024.0  # fp16 gradients would underflow without a scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far gradients of disjoint batches point the same way.

    Attributes:
        share: Squared length of the true gradient over the mean squared length of a batch's gradient: 1 when all batches
            agree, 0 when they share nothing; NaN when it could not be told. May come out slightly negative.
        samples: Samples behind each gradient.
        windows: Gradients compared.
    """

    share: float = math.nan
    samples: float = 0.0
    windows: int = 0


def gradient_agreement(session: Session, batches: Iterable[Any]) -> Agreement:
    """Compare the gradients of several update windows at the weights as they are.

    With g the gradients of K disjoint windows, the mean product of two different ones is an unbiased estimate of the squared
    true gradient; over the mean squared length it is 1 / (1 + noise scale / batch size) (McCandlish et al. 2018, appendix A).

    Args:
        session: A session of its own: gradients and buffers are changed, weights are not.
        batches: Batches as the loader gives them, one epoch: a second one would bring the same samples.
    """
    started = perf_counter()
    parameters = [p for p in session.model.parameters() if p.requires_grad]
    scale = HALF_SCALE if session.precision == "fp16" else 1.0
    total: list[Tensor] = []
    squares: list[float] = []
    samples = 0
    iterator = iter(batches)
    while window := list(islice(iterator, session.accumulate)):
        gradients = _gradients(session, parameters, window, scale)
        square = sum(float(g.double().square().sum()) for g in gradients)
        if not math.isfinite(square):
            return Agreement()
        squares.append(square)
        total = [a + g for a, g in zip(total, gradients, strict=True)] if total else gradients
        samples += sum(size_of(batch) for batch in window)
        if len(squares) >= (WINDOWS if samples >= SAMPLES else MOST_WINDOWS):
            break
        if perf_counter() - started > SECONDS:
            break
    count = len(squares)
    if count < FEWEST_WINDOWS or not sum(squares):
        return Agreement()
    whole = sum(float(t.double().square().sum()) for t in total)
    product = (whole - sum(squares)) / (count * (count - 1))
    return Agreement(share=product / (sum(squares) / count), samples=samples / count, windows=count)


def _gradients(
    session: Session, parameters: Sequence[Tensor], window: Iterable[Any], scale: float
) -> list[Tensor]:
    """Return the gradient of one update window; zeros for what has none."""
    for parameter in parameters:
        parameter.grad = None
    for batch in window:
        loss = session.compute(session.prepare(batch)).loss
        (loss * (scale / session.accumulate)).backward()  # type: ignore[no-untyped-call]
    found = [p.grad for p in parameters]
    return [
        torch.zeros_like(p) if g is None else g.detach().to_dense() / scale
        for p, g in zip(parameters, found, strict=True)
    ]
