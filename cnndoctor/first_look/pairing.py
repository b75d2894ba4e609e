"""Whether the loss knows which target belongs to which sample."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cnndoctor.first_look.patient import Patient, loss_value, quietly
from cnndoctor.loop import mode
from cnndoctor.patient.batches import tensors
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.probes.passes import wide
from cnndoctor.probes.untouched import untouched

SHIFTS = (1, 2, 3)  # places by which targets are moved on within the batch
FEWEST = 4  # samples
HARDLY = 1e-4  # of the loss; chosen: the float32 sum of a batch is rounded by less
AS_BEFORE = 1e-6  # of a gradient's norm: other targets leave it as it was


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gradients:
    """Gradients of a loss in eval mode, each of the shape of what it is by."""

    by_parameters: Sequence[Tensor]
    by_outputs: Sequence[Tensor]

    def turned(self, other: _Gradients) -> float:
        """Return how far these are others, relative to their norm, the further of the two kinds; 0 where there is none."""
        return max(_apart(self.by_parameters, other.by_parameters), _apart(self.by_outputs, other.by_outputs))

    @property
    def are_there(self) -> bool:
        """Return whether any is not zero."""
        return _norm(self.by_parameters) > 0 or _norm(self.by_outputs) > 0


def pairing(patient: Patient) -> tuple[float, float]:
    """Return how far the loss changes when targets move to other samples of the batch, and when they become other targets.

    Both in eval mode, relative to the loss. Other targets are those of the first sample, for all. Beside huge targets the
    outputs may be lost in rounding, and where they are the same for every sample no loss can tell whose target is whose: where
    the loss hardly moves, the gradients at the outputs and at the weights are asked, which know the targets all the same.

    Args:
        patient: Left as it was.

    Returns:
        NaN where there is no batch of targets, where all of them are equal, or where the loss takes none in another order;
        and where it is linear: of targets that all lie above the outputs an absolute or a quantile error sees the sum alone,
        and is the same whoever's they are. Other targets then leave the gradients as they were.
    """
    unknown = (math.nan, math.nan)
    return quietly(lambda: _changes(patient), unknown)


def _changes(patient: Patient) -> tuple[float, float]:
    members, batch = patient.session.members, patient.batch
    targets = members.targets_of(batch)
    if not isinstance(targets, Tensor) or not targets.ndim or len(targets) < FEWEST or _all_equal(targets):
        return math.nan, math.nan

    def loss_with(other: Tensor) -> float:
        return loss_value(patient, training=False, batch=members.with_targets(batch, other))

    base = loss_value(patient, training=False)
    if not math.isfinite(base) or base == 0:
        return math.nan, math.nan
    moved = max(abs(loss_with(targets.roll(shift, 0)) - base) for shift in SHIFTS) / abs(base)
    alike = targets[:1].expand_as(targets).contiguous()
    others = abs(loss_with(alike) - base)
    if moved < HARDLY:
        ours = _gradients(patient, batch)
        moved = max(moved, ours.turned(_gradients(patient, members.with_targets(batch, targets.roll(1, 0)))))
        # Linear: there are gradients, and other targets leave them as they were.
        if moved < HARDLY and ours.are_there:
            theirs = _gradients(patient, members.with_targets(batch, alike))
            if ours.turned(theirs) < AS_BEFORE:
                return math.nan, math.nan
    return moved, others / abs(base)


def _gradients(patient: Patient, batch: Any) -> _Gradients:  # noqa: ANN401 - a batch holds what the user put in
    """Return the gradients of the batch's loss by all parameters and by all outputs."""
    model = patient.session.model
    parameters = [p for p in model.parameters() if p.requires_grad]
    with untouched(model), mode(model, training=False), torch.enable_grad():
        seed_everything(patient.session.seed)
        computed = patient.session.compute(batch)
        outputs = [output for output in tensors(computed.outputs) if output.requires_grad]
        # An output that the step hands on beside the loss, probabilities for example, has no part in it: zero.
        found = torch.autograd.grad(computed.loss, [*parameters, *outputs], materialize_grads=True)
    return _Gradients(by_parameters=found[: len(parameters)], by_outputs=found[len(parameters) :])


def _apart(ours: Sequence[Tensor], theirs: Sequence[Tensor]) -> float:
    size = _norm(ours)
    change = _norm(wide(b) - wide(a) for a, b in zip(ours, theirs, strict=True))
    turned = change / size if 0 < size < math.inf else 0.0
    return turned if math.isfinite(turned) else 0.0


def _norm(gradients: Iterable[Tensor]) -> float:
    """Return the norm of all together, taken one by one: there may be no room for all of them in double precision."""
    return math.sqrt(sum(float(wide(gradient).square().sum()) for gradient in gradients))


def _all_equal(targets: Tensor) -> bool:
    return bool(torch.equal(targets[:1].expand_as(targets), targets))
