"""Promises of the control that asks which part of the inputs is read."""

from __future__ import annotations

import torch
from torch import Tensor

from cnndoctor.evidence.first_batch import PartRead
from cnndoctor.probes.reading import part_read

INPUTS = torch.randn(6, 16, 2, generator=torch.Generator().manual_seed(0))


def test_a_model_that_reads_one_step() -> None:
    """The quarter in which that step lies is told."""
    assert part_read(lambda inputs: inputs[:, 5], INPUTS) == PartRead(axis=1, start=4, stop=8, length=16)


def test_a_model_that_reads_everything_or_nothing() -> None:
    """A mean over all steps, the two ends together, and a constant have no part that decides alone."""
    assert part_read(lambda inputs: inputs.mean(1), INPUTS) is None
    assert part_read(lambda inputs: inputs[:, 0] + inputs[:, -1], INPUTS) is None
    assert part_read(lambda inputs: torch.ones(len(inputs), 2), INPUTS) is None


def test_padding_may_be_ignored() -> None:
    """Where all behind the first quarter is padding, reading the first quarter is reading everything."""
    padded = INPUTS.clone()
    padded[:, 4:] = 0

    def first(inputs: Tensor) -> Tensor:
        return inputs[:, :4].sum(1)

    assert part_read(first, padded) is None
    assert part_read(first, INPUTS) is not None
