"""What met at the loss of the first batch: shapes, targets, what chance gives, and whether it is the loss as configured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cnndoctor.evidence import DataEvidence
from cnndoctor.evidence.first_batch import LossCallFacts, OutputFacts
from cnndoctor.first_look.patient import Patient, number, quietly
from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.session import Computed
from cnndoctor.patient.task import Task, are_shares
from cnndoctor.probes.aim import aims_elsewhere
from cnndoctor.probes.blanks import share_with_blank
from cnndoctor.probes.chance import expected_loss
from cnndoctor.probes.loss_call import LOSS_CALLS, LossCall, is_difference, taker
from cnndoctor.probes.offset import is_offset_free
from cnndoctor.probes.opposite import prefers_opposite
from cnndoctor.probes.outputs import output_facts
from cnndoctor.probes.trace import Operation
from cnndoctor.probes.untaught import untaught_target

RELATED = 0.5  # correlation of targets with what was made of them; a logarithm of counts keeps more


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A forward and loss that went through; tensors still carry their graph.

    Attributes:
        call: The configured loss, as it was called.
        computed: What the step computed.
        output: The model's main output; None where it made no floating tensor.
        made: Index of the operation that made it; ``OUTSIDE`` when no traced one did.
        operations: The traced forward; empty where it could not be traced.
        classes: Width of the output's class axis; 0 without one.
    """

    call: LossCall
    computed: Computed
    output: Tensor | None
    made: int
    operations: Sequence[Operation]
    classes: int


def met_at_loss(patient: Patient, passed: Passed, *, task: Task, data: DataEvidence | None) -> LossCallFacts:
    """Return what met at the loss: as the configured loss got it, or else as a known loss function in a step did.

    Args:
        patient: Whose batch it was.
        passed: What went through.
        task: What kind of problem.
        data: What the data stage saw, for the labels' shares; None where it saw nothing.
    """
    call, computed, output = passed.call, passed.computed, passed.output
    prediction, target = call.prediction, call.target
    if prediction is None and patient.session.step is None:
        prediction, target = output, first_tensor(computed.targets)
    shapes = (_shape(prediction), _shape(target))
    is_output = prediction is None or prediction is output
    label = target if target is not None else first_tensor(computed.targets)
    if prediction is None:
        own = next(
            (op for op in reversed(passed.operations) if op.name in LOSS_CALLS and len(op.input_shapes) > 1),
            None,
        )
        if own is not None:
            shapes, is_output = (own.input_shapes[0], own.input_shapes[1]), own.producers[0] == passed.made
    histogram = data.train.labels.histogram if data is not None else None
    took = taker(passed.operations, passed.made)
    return LossCallFacts(
        output_shape=shapes[0],
        target_shape=shapes[1],
        target_dtype=_dtype(label),
        value=number(computed.loss),
        value_eval=math.nan,
        expected=expected_loss(patient.session.loss, task, label, passed.classes, histogram)
        if _is_the_loss(call, computed)
        else math.nan,
        penalty=number(computed.penalty) if computed.penalty is not None else 0.0,
        aligned_value=quietly(call.aligned_value, math.nan),
        prediction_is_output=is_output,
        target_range=_range(label),
        function=took.name if took is not None else "",
        given=None if is_output else quietly(lambda: _given(task, call), None),
        **_ctc(passed.operations, call),
        offset_free=quietly(lambda: is_offset_free(call), False),
        aims_elsewhere=is_output and quietly(lambda: aims_elsewhere(call), False),
        untaught_target=quietly(lambda: untaught_target(call), math.nan),
        prefers_opposite=_is_the_loss(call, computed) and quietly(lambda: prefers_opposite(call), False),
        own_targets=_own_targets(
            call, computed, first_tensor(patient.session.members.targets_of(patient.batch))
        ),
        difference=took is None and is_output and is_difference(passed.operations, passed.made),
        meets_targets=_meets_targets(took, first_tensor(computed.targets)),
        other_targets=_other_targets(call, output, first_tensor(computed.targets)),
        terms=max(1, call.calls, sum(op.name in LOSS_CALLS for op in passed.operations)),
    )


def unreached(output: Tensor | None, target: Tensor | None) -> LossCallFacts:
    """Return what would have met at a loss that raised."""
    return LossCallFacts(
        output_shape=_shape(output),
        target_shape=_shape(target),
        target_dtype=_dtype(target),
        value=math.nan,
        value_eval=math.nan,
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
