"""Structure: what the traced forward says about reshapes, softmax axes, chains of linear layers and the graph."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.first_batch import ReshapeFact
from cnndoctor.first_look.first_pass import FirstPass
from cnndoctor.first_look.patient import Patient, loss_value, quietly
from cnndoctor.patient.batches import first_tensor, size_of, transform
from cnndoctor.patient.session import NO_GRAPH
from cnndoctor.probes.chains import linear_chains, only_pooled
from cnndoctor.probes.controls import sliced
from cnndoctor.probes.graph import Unreached, cut_point, unreached
from cnndoctor.probes.reshapes import (
    batch_axes,
    crossed_weights,
    norms_over_wrong_axis,
    single_softmaxes,
    softmax_axes,
    suspicious_reshapes,
)
from cnndoctor.probes.trace import Operation, traced
from cnndoctor.probes.untouched import untouched


def structure(patient: Patient, first: FirstPass) -> dict[str, Any]:
    """Return what the traced forward says about reshapes, softmax axes, chains, norms and the graph.

    Args:
        patient: Left as it was.
        first: What its first pass showed.

    Returns:
        Fields of the stage's evidence.
    """
    model = patient.session.model
    facts: dict[str, Any] = {}
    full, fewer = _aligned(patient)
    axes = batch_axes(full, fewer)
    size = size_of(patient.batch)
    no_axes: dict[str, str] = {}
    facts["softmax_axes"] = quietly(lambda: softmax_axes(full or first.operations, axes), no_axes)
    facts["crossed_weights"] = crossed_weights(first.operations)
    facts["single_softmaxes"] = single_softmaxes(first.operations, size)
    others = [trace for trace in (fewer, _resized(patient)) if trace]
    unknown: tuple[ReshapeFact, ...] = ()
    facts["reshapes"] = quietly(lambda: suspicious_reshapes(full, axes, size, others), unknown)
    facts["batchnorm_axis_wrong"] = norms_over_wrong_axis(first.operations)
    facts["linear_chains"] = linear_chains(first.operations, first.loss_made)
    facts["only_pooled"] = only_pooled(first.operations, first.loss_made)
    facts["activations_after_linear"] = not facts["linear_chains"]
    if first.connected or any(f.phase == "backward" for f in patient.failures):
        connected = first.connected or {
            name: False for name, p in model.named_parameters() if p.requires_grad
        }
        lost = [name for name, there in connected.items() if not there]
        with untouched(model):
            found = quietly(
                lambda: unreached(model, lost, lambda: loss_value(patient, training=True)), Unreached()
            )
        facts["unused_parameters"] = found.unused
        # A backward() that raises for another reason leaves no gradient either, and says nothing about the graph.
        if first.connected or any(NO_GRAPH in failure.message for failure in patient.failures):
            facts["cut"] = cut_point(
                model,
                found.cut_off,
                [n for n, there in connected.items() if there],
                first.calls,
                first.operations,
            )
    return facts


def _aligned(patient: Patient) -> tuple[tuple[Operation, ...], tuple[Operation, ...]]:
    """Trace the forward with all samples and with fewer; empty when either cannot run."""
    size = size_of(patient.batch)
    if size < 2:
        return (), ()
    count = size // 2 if size >= 4 else size - 1
    nothing: tuple[tuple[Operation, ...], tuple[Operation, ...]] = ((), ())
    return quietly(
        lambda: (_trace(patient, patient.batch), _trace(patient, sliced(patient.batch, count))), nothing
    )


def _resized(patient: Patient) -> tuple[Operation, ...]:
    """Trace the forward on narrower images or shorter sequences, where the model takes them: equal sizes come apart there."""
    first = first_tensor(patient.inputs)
    if first is None or first.ndim < 3 or min(first.shape[1:]) < 1:
        return ()
    axis = 1 if first.ndim == 3 else first.ndim - 1
    length = int(first.shape[axis])

    def crop(tensor: Tensor) -> Tensor:
        fits = tensor.ndim == first.ndim and tensor.shape[axis] == length
        return tensor.narrow(axis, 0, max(1, length // 2)) if fits else tensor

    batch = patient.session.members.with_inputs(patient.batch, transform(patient.inputs, crop))
    nothing: tuple[Operation, ...] = ()
    return quietly(lambda: _trace(patient, batch), nothing)


def _trace(patient: Patient, batch: object) -> tuple[Operation, ...]:
    model = patient.session.model
    with untouched(model), torch.no_grad(), traced(model) as trace:
        try:
            patient.run(batch)
        except UserCodeError:
            if not trace.operations:
                raise
        return tuple(trace.operations)
