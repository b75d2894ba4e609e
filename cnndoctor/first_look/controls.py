"""Control experiments: what the outputs do when the inputs, the other samples or the mode are changed."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from cnndoctor.first_look.patient import Patient, quietly
from cnndoctor.loop import mode
from cnndoctor.patient.batches import size_of, transform
from cnndoctor.probes.answers import Answers
from cnndoctor.probes.controls import curvature, eval_noise, input_dependence, sliced, told_apart, wake
from cnndoctor.probes.mixing import sample_mixing
from cnndoctor.probes.modes import compare_modes, without_dropout
from cnndoctor.probes.reading import part_read, words_read
from cnndoctor.probes.untouched import untouched


def run_controls(patient: Patient) -> dict[str, Any]:
    """Run the experiments in eval mode; a model that cannot take one leaves that fact unknown.

    Args:
        patient: Left as it was.

    Returns:
        Fields of the stage's evidence.
    """
    model, inputs = patient.session.model, patient.inputs
    nan = math.nan
    facts: dict[str, Any] = {
        "curvature": nan,
        "mixing": nan,
        "input_gradient": nan,
        "train_eval_difference": nan,
    }
    with untouched(model), mode(model, training=False):
        facts |= _of_reading(Answers(forward=patient.outputs, inputs=inputs))
        fewer = sliced(inputs, max(1, size_of(inputs) // 2))
        mixing = quietly(lambda: sample_mixing(model, patient.outputs, inputs, fewer), None)
        if mixing is not None:
            facts["mixing"], facts["mixing_layer"] = mixing.share, mixing.layer
        none: tuple[float, tuple[str, ...]] = (0.0, ())
        facts["eval_noise"], facts["eval_noise_layers"] = quietly(
            lambda: eval_noise(model, patient.outputs, inputs), none
        )
        if facts["eval_noise"]:
            with without_dropout(model):
                facts["eval_noise_drawn"], _ = quietly(
                    lambda: eval_noise(model, patient.outputs, inputs), none
                )
    with untouched(model), mode(model, training=False):
        wake(model)
        facts["curvature"] = quietly(lambda: curvature(patient.outputs, inputs), nan)
    same: tuple[tuple[str, ...], float] = ((), nan)
    facts["path_differs"], facts["train_eval_difference"] = quietly(
        lambda: compare_modes(model, patient.outputs, inputs), same
    )
    with untouched(model):
        facts["input_gradient"] = quietly(lambda: _input_gradient(patient), nan)
    return facts


def _of_reading(answers: Answers) -> dict[str, Any]:
    """Return whether the inputs are read at all, and which part of them; the answers are let go of afterwards."""
    return {
        "depends_on_input": quietly(lambda: input_dependence(answers), math.nan),
        "told_apart": quietly(lambda: told_apart(answers), math.nan),
        "part_read": quietly(lambda: part_read(answers), None),
        "words_read": quietly(lambda: words_read(answers), math.nan),
    }


def _input_gradient(patient: Patient) -> float:
    """Return the RMS gradient of the loss at floating inputs."""
    leaves: list[Tensor] = []

    def follow(tensor: Tensor) -> Tensor:
        if not tensor.is_floating_point():
            return tensor
        leaves.append(tensor.detach().clone().requires_grad_(True))
        return leaves[-1].clone()  # a copy, so that a forward may change its input in place

    batch = patient.session.members.with_inputs(patient.batch, transform(patient.inputs, follow))
    if not leaves:
        return math.nan
    computed, _ = patient.run(batch)
    gradients: tuple[Tensor | None, ...] = torch.autograd.grad(computed.loss, leaves, allow_unused=True)
    squares = [g.double().square().mean() for g in gradients if g is not None]
    return math.sqrt(float(torch.stack(squares).mean())) if squares else 0.0
