"""Output and loss: what the outputs are held to whatever the input, and how the loss takes modes and half batches."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from cnndoctor.first_look.first_pass import FirstPass, main_output
from cnndoctor.first_look.patient import Patient, loss_value, quietly
from cnndoctor.patient.batches import size_of, transform
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.controls import noise_like, scaled, sliced
from cnndoctor.probes.outputs import WIDER, confirmed, hard_limits, widened
from cnndoctor.probes.untouched import untouched


def output_and_loss(patient: Patient, first: FirstPass) -> dict[str, Any]:
    """Return what other inputs confirm of the output, and the loss in eval mode and of half batches.

    Args:
        patient: Left as it was.
        first: What its first pass showed.

    Returns:
        Fields of the stage's evidence.
    """
    facts: dict[str, Any] = {"loss": first.loss}
    if first.output is not None:
        others, wide = _other_outputs(patient, first.last_layer)
        kept = confirmed(first.output, [*others, *wide])
        facts["output"] = replace(kept, limits=hard_limits([*others, *wide], wide))
    if not patient.failures:
        facts["loss"] = replace(
            first.loss,
            value_eval=quietly(lambda: loss_value(patient, training=False), math.nan),
            half_batch_ratio=quietly(lambda: _half_batch_ratio(patient), math.nan),
        )
    return facts


def _other_outputs(patient: Patient, last_layer: str) -> tuple[list[Tensor], list[Tensor]]:
    """Return outputs for inputs scaled up, negated and without content; and those with the last layer's parameters scaled."""
    model, inputs = patient.session.model, patient.inputs
    others: list[Tensor] = []
    wide: list[Tensor] = []

    def collect(given: Any, results: list[Tensor]) -> None:  # noqa: ANN401
        with torch.no_grad(), preserved_randomness():
            output = main_output(patient.outputs(given))
        if output is not None:
            results.append(output.detach())

    with untouched(model):
        for given in (scaled(inputs, 10.0), scaled(inputs, -10.0), noise_like(inputs)):
            quietly(lambda given=given: collect(given, others), None)  # type: ignore[misc]
        if last_layer:
            for factor in WIDER:
                with widened(model, last_layer, factor):
                    quietly(lambda: collect(inputs, wide), None)
    return others, wide


def _half_batch_ratio(patient: Patient) -> float:
    """Return the loss of an even batch over the mean loss of its halves, eval mode."""
    half = size_of(patient.batch) // 2
    if half < 1:
        return math.nan
    even = sliced(patient.batch, 2 * half)
    start, end = sliced(even, half), _from(even, half)
    whole, *halves = (loss_value(patient, training=False, batch=part) for part in (even, start, end))
    mean = sum(halves) / 2
    return whole / mean if mean else math.nan


def _from(batch: Any, start: int) -> Any:  # noqa: ANN401
    size = size_of(batch)
    return transform(batch, lambda t: t[start:] if t.ndim and t.shape[0] == size else t)
