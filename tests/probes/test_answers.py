"""Promises of the answers that several controls share."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cnndoctor.probes.answers import Answers, relative_change, rolled
from cnndoctor.probes.controls import input_dependence, told_apart
from cnndoctor.probes.reading import part_read, words_read

INPUTS = torch.randn(6, 16, generator=torch.Generator().manual_seed(0))


def test_controls_share_their_passes() -> None:
    """Four controls make two passes together beside those that each of them needs for itself."""
    made: list[int] = []

    def forward(inputs: Tensor) -> Tensor:
        made.append(1)
        return inputs.sum(1)

    answers = Answers(forward=forward, inputs=INPUTS)
    assert input_dependence(answers) > 0
    assert len(made) == 4
    assert told_apart(answers) > 0
    assert math.isnan(words_read(answers))
    assert len(made) == 4
    assert part_read(answers) is None
    assert len(made) == 8


def test_samples_swap_all_of_their_inputs() -> None:
    """Every tensor that has an entry for each sample is moved on; others stay."""
    edges = torch.arange(4)
    moved = rolled({"values": INPUTS, "lengths": torch.arange(6), "edges": edges})
    assert torch.equal(moved["values"][1], INPUTS[0])
    assert moved["lengths"].tolist() == [5, 0, 1, 2, 3, 4]
    assert torch.equal(moved["edges"], edges)


def test_a_change_is_relative_to_the_scale() -> None:
    """Outputs ten times as large that move ten times as far change as much; without a scale nothing is known."""
    assert relative_change(10 * INPUTS, 15 * INPUTS) == relative_change(INPUTS, 1.5 * INPUTS) == 0.5
    assert math.isnan(relative_change(0 * INPUTS, INPUTS))
    assert math.isnan(relative_change(INPUTS, math.inf * INPUTS))
    assert math.isnan(relative_change(INPUTS, INPUTS[:3]))
    assert math.isnan(relative_change(INPUTS, None))


def test_words_are_not_set_to_zero() -> None:
    """Words have no zero: they are shuffled and swapped, and a model that ignores them is told all the same."""
    made: list[int] = []

    def deaf(inputs: Tensor) -> Tensor:
        made.append(1)
        return torch.ones(len(inputs), 2)

    assert input_dependence(Answers(forward=deaf, inputs=torch.arange(24).reshape(6, 4))) == 0
    assert len(made) == 3
