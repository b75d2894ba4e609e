"""The first pass: forward, loss and backward as configured, with every layer's signals and gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from cnndoctor.errors import UserCodeError
from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.first_batch import LossCallFacts, OutputFacts
from cnndoctor.first_look.patient import Patient, number, quietly
from cnndoctor.patient.batches import first_tensor, tensors
from cnndoctor.patient.session import Computed
from cnndoctor.patient.task import Task, are_shares
from cnndoctor.probes.blanks import share_with_blank
from cnndoctor.probes.calls import Calls, recorded_calls
from cnndoctor.probes.chance import expected_loss
from cnndoctor.probes.loss_call import LOSS_CALLS, LossCall, is_difference, recorded_loss, taker
from cnndoctor.probes.norms import recorded_norms
from cnndoctor.probes.offset import is_offset_free
from cnndoctor.probes.outputs import last_operation, output_facts
from cnndoctor.probes.signals import recorded_signals
from cnndoctor.probes.trace import OUTSIDE, Operation
from cnndoctor.probes.untaught import untaught_target
from cnndoctor.probes.untouched import untouched
from cnndoctor.probes.updates import reached, weight_decay_pull
from cnndoctor.user_code import user_code

RELATED = 0.5  # correlation of targets with what was made of them; a logarithm of counts keeps more
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Passed:
    """A forward and loss that went through; tensors still carry their graph."""

    call: LossCall
    computed: Computed
    outputs: Any
    made: int


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
        found.loss = _loss_call(
            task, data, patient, found, _Passed(call=call, computed=computed, outputs=outputs, made=made)
        )
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
            main = main_output(outputs)
            found.loss = LossCallFacts(
                output_shape=_shape(main),
                target_shape=_shape(target),
                target_dtype=_dtype(target),
                value=math.nan,
                value_eval=math.nan,
            )


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


def _loss_call(
    task: Task, data: DataEvidence | None, patient: Patient, found: FirstPass, passed: _Passed
) -> LossCallFacts:
    """Return what met at the loss: as the configured loss got it, or else as a known loss function in a step did."""
    call, computed, output = passed.call, passed.computed, main_output(passed.outputs)
    prediction, target = call.prediction, call.target
    if prediction is None and patient.session.step is None:
        prediction, target = output, first_tensor(computed.targets)
    shapes = (_shape(prediction), _shape(target))
    is_output = prediction is None or prediction is output
    label = target if target is not None else first_tensor(computed.targets)
    if prediction is None:
        own = next(
            (op for op in reversed(found.operations) if op.name in LOSS_CALLS and len(op.input_shapes) > 1),
            None,
        )
        if own is not None:
            shapes, is_output = (own.input_shapes[0], own.input_shapes[1]), own.producers[0] == passed.made
    histogram = data.train.labels.histogram if data is not None else None
    took = taker(found.operations, passed.made)
    return LossCallFacts(
        output_shape=shapes[0],
        target_shape=shapes[1],
        target_dtype=_dtype(label),
        value=number(computed.loss),
        value_eval=math.nan,
        expected=expected_loss(patient.session.loss, task, label, found.classes, histogram)
        if _is_the_loss(call, computed)
        else math.nan,
        penalty=number(computed.penalty) if computed.penalty is not None else 0.0,
        aligned_value=quietly(call.aligned_value, math.nan),
        prediction_is_output=is_output,
        target_range=_range(label),
        function=took.name if took is not None else "",
        given=None if is_output else quietly(lambda: _given(task, call), None),
        **_ctc(found.operations, call),
        offset_free=quietly(lambda: is_offset_free(call), False),
        untaught_target=quietly(lambda: untaught_target(call), math.nan),
        own_targets=_own_targets(
            call, computed, first_tensor(patient.session.members.targets_of(patient.batch))
        ),
        difference=took is None and is_output and is_difference(found.operations, passed.made),
        meets_targets=_meets_targets(took, first_tensor(computed.targets)),
        other_targets=_other_targets(call, output, first_tensor(computed.targets)),
        terms=max(1, call.calls, sum(op.name in LOSS_CALLS for op in found.operations)),
    )


def _is_the_loss(call: LossCall, computed: Computed) -> bool:
    """Return whether what is minimised is the configured loss itself: one call of it, but for a penalty that a step reports.

    A sum of several losses, or one with a weight, has no chance level that is known.
    """
    if call.calls != 1 or not isinstance(call.value, Tensor) or call.value.numel() != 1:
        return False
    penalty = number(computed.penalty) if computed.penalty is not None else 0.0
    whole, alone = number(computed.loss), number(call.value)
    return math.isclose(whole, alone + penalty, rel_tol=1e-2, abs_tol=1e-6)


def _meets_targets(took: Operation | None, targets: Tensor | None) -> bool:
    """Return whether the targets that a score is held against have as many axes as what met the output at the loss."""
    if took is None or took.name not in LOSS_CALLS or targets is None or len(took.input_shapes) < 2:
        return True
    met = [size for size in took.input_shapes[1] if size != 1]
    return len(met) == len([size for size in targets.shape if size != 1])


def _given(task: Task, call: LossCall) -> OutputFacts | None:
    """Return what the configured loss was given in the output's place; None where it was given nothing, or no numbers."""
    prediction = call.prediction
    if prediction is None or not prediction.numel() or not prediction.is_floating_point():
        return None
    return output_facts(prediction.detach(), whole=True, task=task)


def _ctc(operations: Sequence[Operation], call: LossCall) -> dict[str, Any]:
    """Return how many symbols torch's CTC loss was given, and what of the blank, wherever it was called; nothing if not."""
    made = next((op for op in reversed(operations) if op.name == "ctc_loss" and op.before), None)
    if made is None:
        return {}
    blank = int(made.value("blank", 4, 0))
    holding = quietly(lambda: share_with_blank(call, blank), 0.0)
    return {"ctc_outputs": made.before[-1], "ctc_blank": blank, "ctc_blank_targets": holding}


def _own_targets(call: LossCall, computed: Computed, given: Tensor | None) -> bool:
    """Return whether the loss, or a score, is held against floating numbers that are not the batch's targets.

    A reconstruction is held against the inputs, a value function against returns, whatever else the data set calls targets.
    Targets that were only scaled or given another shape are the same.
    """
    named = call.target if call.calls == 1 and call.target is not None else first_tensor(computed.targets)
    if named is None or given is None or not named.is_floating_point() or given.numel() < 2:
        return False
    if named.numel() != given.numel():
        of_classes = not given.is_floating_point() and named.numel() % given.numel() == 0
        return not (of_classes and are_shares(named))
    pair = torch.stack([named.detach().reshape(-1).double(), given.detach().reshape(-1).double()])
    alike = torch.corrcoef(pair)[0, 1].abs()
    return bool(alike < RELATED)  # NaN, of constants, says nothing


def _other_targets(call: LossCall, output: Tensor | None, targets: Tensor | None) -> bool:
    """Return whether the output met shares (0 to 1) at the loss while a score would hold it against other numbers.

    A discriminator's output meets ones; that the batch has labels as well does not make it a class.
    """
    met = next((target for prediction, target in call.met if prediction is output), None)
    if met is None or targets is None or not met.is_floating_point() or met.numel() != targets.numel():
        return False
    share = bool(((met >= 0) & (met <= 1)).all())
    return share and not bool(((targets >= 0) & (targets <= 1)).all())


def _range(target: Tensor | None) -> tuple[float, ...]:
    """Return (minimum, maximum, standard deviation) of a floating target; empty without one."""
    if target is None or not target.is_floating_point() or target.numel() < 2:
        return ()
    value = target.detach().float()
    return float(value.min()), float(value.max()), float(value.std())


def _shape(tensor: Tensor | None) -> tuple[int, ...]:
    return tuple(tensor.shape) if tensor is not None else ()


def _dtype(tensor: Tensor | None) -> str:
    return str(tensor.dtype).removeprefix("torch.") if tensor is not None else ""
