"""Promises of the control that asks which part of the inputs is read."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cnndoctor.evidence.first_batch import PartRead
from cnndoctor.probes.answers import Answers
from cnndoctor.probes.passes import Forward
from cnndoctor.probes.reading import part_read, words_read

INPUTS = torch.randn(6, 16, 2, generator=torch.Generator().manual_seed(0))


def asked(forward: Forward, inputs: Tensor) -> Answers:
    """Return the answers of a model."""
    return Answers(forward=forward, inputs=inputs)


def test_a_model_that_reads_one_step() -> None:
    """The quarter in which that step lies is told."""
    assert part_read(asked(lambda inputs: inputs[:, 5], INPUTS)) == PartRead(
        axis=1, start=4, stop=8, length=16
    )


def test_a_model_that_reads_everything_or_nothing() -> None:
    """A mean over all steps, the two ends together, and a constant have no part that decides alone."""
    assert part_read(asked(lambda inputs: inputs.mean(1), INPUTS)) is None
    assert part_read(asked(lambda inputs: inputs[:, 0] + inputs[:, -1], INPUTS)) is None
    assert part_read(asked(lambda inputs: torch.ones(len(inputs), 2), INPUTS)) is None


def test_padding_may_be_ignored() -> None:
    """Where all behind the first quarter is padding, reading the first quarter is reading everything."""
    padded = INPUTS.clone()
    padded[:, 4:] = 0

    def first(inputs: Tensor) -> Tensor:
        return inputs[:, :4].sum(1)

    assert part_read(asked(first, padded)) is None
    assert part_read(asked(first, INPUTS)) is not None


def test_words_behind_a_mask_the_wrong_way_round() -> None:
    """A model that sees padding alone answers alike whatever the words are; one that sees words does not."""
    tokens = torch.randint(1, 9, (6, 12), generator=torch.Generator().manual_seed(0))
    for sample, length in enumerate((4, 6, 5, 7, 3, 6)):
        tokens[sample, length:] = 0
    assert words_read(asked(lambda inputs: (inputs == 0).float().sum(1), tokens)) == 0
    assert words_read(asked(lambda inputs: inputs.float().mean(1), tokens)) > 0.01
    assert math.isnan(words_read(asked(lambda inputs: inputs.mean(1), INPUTS)))
