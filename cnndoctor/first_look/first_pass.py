"""The first pass: forward, loss and backward as configured, with every layer's signals and gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from cnndoctor.errors import UserCodeError
from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.first_batch import LossCallFacts, OutputFacts
from cnndoctor.first_look.met_at_loss import Passed, met_at_loss, unreached
from cnndoctor.first_look.patient import Patient
from cnndoctor.patient.batches import first_tensor, tensors
from cnndoctor.patient.task import Task
from cnndoctor.probes.calls import Calls, recorded_calls
from cnndoctor.probes.loss_call import recorded_loss
from cnndoctor.probes.norms import recorded_norms
from cnndoctor.probes.outputs import last_operation, output_facts
from cnndoctor.probes.signals import recorded_signals
from cnndoctor.probes.trace import OUTSIDE, Operation
from cnndoctor.probes.untouched import untouched
from cnndoctor.probes.updates import reached, weight_decay_pull
from cnndoctor.user_code import user_code

HALF_SCALE = 1024.0  # fp16 gradients would underflow without a scale


@dataclass(slots=True, kw_only=True)
class FirstPass:
    """What one training-mode forward and backward showed; after a failure, what came before it.

    Attributes:
        facts: Fields of the stage's evidence.
        output: The model's main output; None where no forward went through.
        last_layer: Path of the layer that made it; empty when unknown.
        operations: The traced forward; empty where it could not be traced.
        calls: Calls of each module, by path.
        connected: Whether a gradient reached each trainable parameter, by name.
        loss: What met at the loss.
        loss_made: Index of the operation that made the loss; ``OUTSIDE`` when no traced one did.
        classes: Width of the output's class axis; 0 without one.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    output: OutputFacts | None = None
    last_layer: str = ""
    operations: tuple[Operation, ...] = ()
    calls: Mapping[str, Calls] = field(default_factory=dict)
    connected: Mapping[str, bool] = field(default_factory=dict)
    loss: LossCallFacts = field(default_factory=lambda: LossCallFacts(value=math.nan, value_eval=math.nan))
    loss_made: int = OUTSIDE
    classes: int = 0


def first_pass(patient: Patient, *, task: Task, data: DataEvidence | None) -> FirstPass:
    """Run forward, loss and backward as configured; on the user's exception keep what came before it.

    Args:
        patient: Its failures get what the user's code raised.
        task: What kind of problem.
        data: What the data stage saw, for the labels' shares; None where it saw nothing.
    """
    found = FirstPass()
    try:
        _measured_pass(task, data, patient, found, functional=True)
    except UserCodeError as error:
        untraced = FirstPass()
        try:  # once more without tracing, in case it was the tracing that this model cannot take
            _measured_pass(task, data, patient, untraced, functional=False)
        except UserCodeError:
            patient.failures.append(error.failure)
            if found.output is None:
                _outputs_alone(task, patient, found)
        else:
            return untraced
    return found


def _measured_pass(
    task: Task, data: DataEvidence | None, patient: Patient, found: FirstPass, *, functional: bool
) -> None:
    session = patient.session
    scale = HALF_SCALE if session.precision == "fp16" else 1.0
    with untouched(session.model, gradients=True):
        session.model.zero_grad(set_to_none=True)
        with (
            recorded_norms(session.model) as norms,
            recorded_calls(session.model) as calls,
            recorded_signals(session.model, functional=functional) as signals,
            recorded_loss(session) as call,
        ):
            found.calls = calls
            try:
                computed, outputs = patient.run(patient.batch)
                made = _made_by(signals.trace, outputs)
                found.loss_made = signals.trace.made_by(computed.loss) if signals.trace else OUTSIDE
            finally:
                found.operations = tuple(signals.trace.operations) if signals.trace else ()
                found.facts["layers"] = signals.records()
        found.facts["batchnorm_frozen"] = norms.frozen
        found.facts["batchnorm_untrained"] = norms.untrained
        found.facts["running_variance_min"] = norms.smallest_variance
        _note_output(task, patient, found, outputs, made)
        passed = Passed(
            call=call,
            computed=computed,
            output=main_output(outputs),
            made=made,
            operations=found.operations,
            classes=found.classes,
        )
        found.loss = met_at_loss(patient, passed, task=task, data=data)
        with user_code("backward"):
            (computed.loss * scale).backward()  # type: ignore[no-untyped-call]
        found.facts["layers"] = tuple(
            replace(s, gradient_rms=s.gradient_rms / scale) for s in signals.records()
        )
        found.connected = reached(session.model)
        found.loss = replace(found.loss, weight_decay_pull=weight_decay_pull(session.optimizer) * scale)


def _made_by(trace: Any, outputs: object) -> int:  # noqa: ANN401
    tensor = main_output(outputs)
    return trace.made_by(tensor) if trace is not None and tensor is not None else OUTSIDE


def main_output(outputs: object) -> Tensor | None:
    """Return the output itself, or the largest floating tensor inside it.

    Args:
        outputs: What the model returned.

    Returns:
        None when there is no floating tensor in it.
    """
    floating = [t for t in tensors(outputs) if t.is_floating_point()]
    if isinstance(outputs, Tensor):
        return floating[0] if floating else None
    return max(floating, key=lambda t: t.numel(), default=None)


def _outputs_alone(task: Task, patient: Patient, found: FirstPass) -> None:
    """After a failure in the loss: look at the outputs anyway."""
    with untouched(patient.session.model), suppress(UserCodeError), torch.no_grad():
        outputs = patient.outputs(patient.inputs) if patient.session.step is None else None
        if outputs is not None:
            _note_output(task, patient, found, outputs, OUTSIDE)
            target = first_tensor(patient.session.members.targets_of(patient.batch))
            found.loss = unreached(main_output(outputs), target)


def _note_output(task: Task, patient: Patient, found: FirstPass, outputs: object, made: int) -> None:
    tensor = main_output(outputs)
    if tensor is None or not tensor.numel():
        return
    facts = output_facts(tensor, whole=isinstance(outputs, Tensor), task=task)
    activation, bounds, layer = last_operation(found.operations, made)
    found.last_layer = layer or max(
        (path for path in found.calls if _owns(patient, path)),
        key=lambda p: found.calls[p].position,
        default="",
    )
    found.output = replace(facts, last_activation=activation, bounds=bounds, last_layer=found.last_layer)
    found.classes = int(tensor.shape[facts.class_axis]) if facts.class_axis >= 0 else 0


def _owns(patient: Patient, path: str) -> bool:
    return next(patient.session.model.get_submodule(path).parameters(recurse=False), None) is not None
