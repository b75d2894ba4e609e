"""Whether only a part of the inputs reaches the output: one step of a sequence, or its padding without its words."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cnndoctor.evidence.first_batch import PartRead
from cnndoctor.probes.answers import Answers, relative_change, rolled

PARTS = 4  # quarters: as few passes as tell most of a sequence from a part of it
# Share of the values that differ between neighbours; behind the part that is read it must be at least half of the share in it,
# or the rest is padding, which may well be ignored.
AS_VARIED = 0.5
LEAST_SWAPPED = 0.1  # share of all values; chosen: fewer words may well be what a sound model leaves out


def part_read(answers: Answers) -> PartRead | None:
    """Return the quarter that alone decides the output: everything else may be swapped between samples, bit for bit.

    Args:
        answers: Of the model in eval mode to one batch: a single tensor [N, …], cut along its longest axis behind the batch.

    Returns:
        None where more than a quarter is read, where the rest says nothing, or where it cannot be told.
    """
    inputs = answers.inputs
    if not isinstance(inputs, Tensor) or inputs.ndim < 2 or len(inputs) < 2:
        return None
    axis = max(range(1, inputs.ndim), key=lambda one: (inputs.shape[one], -one))
    length, neighbours = inputs.shape[axis], rolled(inputs)
    if length < PARTS:
        return None
    base, swapped = answers.as_it_is(), answers.swapped()
    if base is None or swapped is None or base.shape != swapped.shape or torch.equal(base, swapped):
        return None
    differs = (inputs != neighbours).float().transpose(0, axis).flatten(1).mean(1)  # [length]
    for part in range(PARTS):
        start, stop = part * length // PARTS, (part + 1) * length // PARTS
        within = torch.zeros(length, dtype=torch.bool, device=inputs.device)
        within[start:stop] = True
        if not float(differs[~within].mean()) > AS_VARIED * float(differs[within].mean()):
            continue
        shape = [length if one == axis else 1 for one in range(inputs.ndim)]
        other = answers.to(torch.where(within.reshape(shape), inputs, neighbours))
        if other is not None and other.shape == base.shape and torch.equal(other, base):
            return PartRead(axis=axis, start=start, stop=stop, length=length)
    return None


def words_read(answers: Answers) -> float:
    """Return how far the output changes, relative to its scale, when words are swapped between samples and padding stays.

    Args:
        answers: Of the model in eval mode to one batch: whole numbers [N, T], of which the most frequent one counts as padding.

    Returns:
        0 where the output is the same to the bit; NaN where inputs are no words, or hardly any could be swapped.
    """
    inputs = answers.inputs
    if not isinstance(inputs, Tensor) or inputs.ndim != 2 or inputs.is_floating_point() or len(inputs) < 2:
        return math.nan
    neighbours = rolled(inputs)
    padding = inputs.flatten().mode().values
    words = (inputs != padding) & (neighbours != padding)
    if not float((inputs != neighbours)[words].float().sum()) > LEAST_SWAPPED * inputs.numel():
        return math.nan
    return relative_change(answers.as_it_is(), answers.to(torch.where(words, neighbours, inputs)))
