"""Promises of the control that changes one sample at a time."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.probes.mixing import sample_mixing


def passes_of(inputs: Tensor) -> int:
    """Return how many passes a model that keeps samples apart is asked for."""
    made: list[int] = []

    def forward(given: Tensor) -> Tensor:
        made.append(1)
        return given.float().sum(1)

    assert sample_mixing(nn.Identity(), forward, inputs, inputs[:3]).share == 0
    return len(made)


@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 2, 3)])
def test_samples_that_see_each_other_in_outputs_of_any_shape(shape: tuple[int, ...]) -> None:
    """A mean of the batch that is taken off each output shows, also where an output is a single number without an axis."""
    inputs = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))

    def apart(given: Tensor) -> Tensor:
        return given[:, : math.prod(shape[1:])].reshape(len(given), *shape[1:])

    assert sample_mixing(nn.Identity(), apart, inputs, inputs[:3]).share == 0
    together = sample_mixing(nn.Identity(), lambda given: apart(given - given.mean(0)), inputs, inputs[:3])
    assert together.share > 0.1


def test_words_are_not_magnified() -> None:
    """Of numbers three samples are replaced and magnified; of words they are replaced alone, beside the two first passes."""
    numbers = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    assert passes_of(numbers) == 2 + 3 * 2
    assert passes_of(torch.arange(24).reshape(6, 4)) == 2 + 3
