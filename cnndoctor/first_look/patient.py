"""The patient: a session with the batch it is looked at with, and experiments on it that it may refuse."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
from torch import Tensor

from cnndoctor.errors import StageUnable
from cnndoctor.finding import UserFailure
from cnndoctor.loop import mode
from cnndoctor.patient.batches import size_of, tensors
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.patient.session import Computed, Session
from cnndoctor.probes.controls import sliced
from cnndoctor.probes.untouched import untouched

Result = TypeVar("Result")


@dataclass(slots=True, kw_only=True)
class Patient:
    """A session with the batch it is looked at with.

    Attributes:
        session: Before any step.
        batch: The first batch, prepared.
        failures: What the user's code raised.
    """

    session: Session
    batch: Any
    failures: list[UserFailure] = field(default_factory=list)

    @property
    def inputs(self) -> Any:  # noqa: ANN401
        """Return the inputs of the batch."""
        return self.session.members.inputs_of(self.batch)

    def outputs(self, inputs: Any) -> Any:  # noqa: ANN401
        """Run the model on other inputs, through the user's step where there is one."""
        if self.session.step is None:
            with self.session.autocast():
                return self.session.forward(inputs)
        count = size_of(inputs)
        batch = sliced(self.batch, count) if count < size_of(self.batch) else self.batch
        return self.run(self.session.members.with_inputs(batch, inputs))[1]

    def answer(self, batch: Any) -> Any:  # noqa: ANN401
        """Run the model on another prepared batch, through the user's step where there is one."""
        if self.session.step is None:
            return self.outputs(self.session.members.inputs_of(batch))
        return self.run(batch)[1]

    def run(self, batch: Any) -> tuple[Computed, Any]:  # noqa: ANN401
        """Run forward and loss; return them with the model's outputs, which a step may hide."""
        seen: list[tuple[Any, Any]] = []
        handle = self.session.model.register_forward_hook(
            lambda _m, args, named, output: seen.append(((args, named), output)), with_kwargs=True
        )
        try:
            computed = self.session.compute(batch)
        finally:
            handle.remove()
        if computed.outputs is not None:
            return computed, computed.outputs
        return computed, _answer_to(self.session.members.inputs_of(batch), seen)


def _answer_to(inputs: Any, calls: Sequence[tuple[Any, Any]]) -> Any:  # noqa: ANN401
    """Return what the model made of these inputs in a step that calls it more than once (two views, an anchor and others).

    Args:
        inputs: Of the batch.
        calls: What the model was given and returned, in order.

    Returns:
        The output of the last call that got one of the input's own tensors; of the last of all where none did (the step
        changes its inputs first); None without a call.
    """
    own = {id(tensor) for tensor in tensors(inputs)}
    answers = [output for given, output in calls if any(id(tensor) in own for tensor in tensors(given))]
    return answers[-1] if answers else (calls[-1][1] if calls else None)


def quietly(experiment: Callable[[], Result], otherwise: Result) -> Result:
    """Return what a control experiment gives, or ``otherwise`` where this model cannot take it.

    A control hands the model inputs that its author never promised to accept: whatever it raises then is no fault.

    Args:
        experiment: A measurement on the patient.
        otherwise: What stands for a fact that stays unknown.

    Raises:
        StageUnable: The machine, not the model, could not take it.
    """
    try:
        return experiment()
    except StageUnable:
        raise
    except Exception:  # noqa: BLE001 - see above
        return otherwise


def loss_value(patient: Patient, *, training: bool, batch: Any = None) -> float:  # noqa: ANN401
    """Return the loss of the batch with the same randomness at every call.

    Args:
        patient: Left as it was.
        training: Whether in training mode; else in eval mode.
        batch: Another prepared batch; None for the patient's own.
    """
    model = patient.session.model
    with untouched(model), mode(model, training=training), torch.no_grad():
        seed_everything(patient.session.seed)
        return number(patient.session.compute(patient.batch if batch is None else batch).loss)


def number(value: object) -> float:
    """Return a number, or the mean of a tensor; NaN for what is neither."""
    if isinstance(value, Tensor):
        return float(value.detach().float().mean()) if value.numel() else math.nan
    return float(value) if isinstance(value, int | float) else math.nan
