"""Whether the loss knows which target belongs to which sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from cnndoctor.first_look.patient import Patient, loss_value, quietly
from cnndoctor.loop import mode
from cnndoctor.patient.batches import tensors
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.probes.untouched import untouched

SHIFTS = (1, 2, 3)  # places by which targets are moved on within the batch
FEWEST = 4  # samples
HARDLY = 1e-4  # of the loss; chosen: the float32 sum of a batch is rounded by less
AS_BEFORE = 1e-6  # of a gradient's norm: other targets leave it as it was


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
        moved = max(moved, _turned(patient, members.with_targets(batch, targets.roll(1, 0))))
        if moved < HARDLY and _is_linear(patient, members.with_targets(batch, alike)):
            return math.nan, math.nan
    return moved, others / abs(base)


def _turned(patient: Patient, other: Any) -> float:  # noqa: ANN401 - a batch holds what the user put in
    """Return how far a gradient is another with the other batch, relative to its norm; 0 where there is none."""
    return max(map(_apart, _gradients(patient, patient.batch), _gradients(patient, other)))


def _is_linear(patient: Patient, other: Any) -> bool:  # noqa: ANN401
    """Return whether there are gradients, and other targets leave them as they were."""
    ours = _gradients(patient, patient.batch)
    turned = max(map(_apart, ours, _gradients(patient, other)))
    return any(float(one.norm()) > 0 for one in ours) and turned < AS_BEFORE


def _apart(ours: Tensor, theirs: Tensor) -> float:
    size = float(ours.norm())
    turned = float((theirs - ours).norm()) / size if 0 < size < math.inf else 0.0
    return turned if math.isfinite(turned) else 0.0


def _gradients(patient: Patient, batch: Any) -> tuple[Tensor, Tensor]:  # noqa: ANN401
    """Return the gradients of the batch's loss by all parameters, [P], and by all outputs, [O], in eval mode."""
    model = patient.session.model
    parameters = [p for p in model.parameters() if p.requires_grad]
    with untouched(model), mode(model, training=False), torch.enable_grad():
        seed_everything(patient.session.seed)
        computed = patient.session.compute(batch)
        outputs = [output for output in tensors(computed.outputs) if output.requires_grad]
        # An output that the step hands on beside the loss, probabilities for example, has no part in it: zero.
        gradients = torch.autograd.grad(computed.loss, [*parameters, *outputs], materialize_grads=True)
    return _flat(gradients[: len(parameters)]), _flat(gradients[len(parameters) :])


def _flat(gradients: Sequence[Tensor]) -> Tensor:
    return torch.cat(
        [torch.zeros(0).double(), *(gradient.reshape(-1).double().cpu() for gradient in gradients)]
    )


def _all_equal(targets: Tensor) -> bool:
    return bool(torch.equal(targets[:1].expand_as(targets), targets))
