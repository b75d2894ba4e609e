"""Promises of the control in which samples swap their inputs."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cnndoctor.probes.answers import Answers
from cnndoctor.probes.controls import told_apart
from cnndoctor.probes.passes import Forward

INPUTS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


def asked(forward: Forward, inputs: Tensor) -> Answers:
    """Return the answers of a model."""
    return Answers(forward=forward, inputs=inputs)


def test_samples_that_get_answers_of_their_own() -> None:
    """Swapped inputs change the output of a model that reads them."""
    assert told_apart(asked(lambda inputs: inputs.sum(1), INPUTS)) > 0.1


def test_a_model_that_knows_noise_from_data_and_no_sample_from_another() -> None:
    """One answer for all real samples is told, whatever zeros would get."""

    def answer(inputs: Tensor) -> Tensor:
        return (inputs.abs().sum() > 0).float().expand(len(inputs), 1)

    assert told_apart(asked(answer, INPUTS)) == 0


def test_outputs_of_zero_tell_nothing() -> None:
    """A head that starts at zero has no scale yet."""
    assert math.isnan(told_apart(asked(lambda inputs: torch.zeros(len(inputs), 2), INPUTS)))
