"""Whether the loss knows which target belongs to which sample."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from cnndoctor.first_look.patient import Patient, loss_value, quietly
from cnndoctor.loop import mode
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.probes.untouched import untouched

SHIFTS = (1, 2, 3)  # places by which targets are moved on within the batch
FEWEST = 4  # samples
HARDLY = 1e-4  # of the loss; chosen: the float32 sum of a batch is rounded by less


def pairing(patient: Patient) -> tuple[float, float]:
    """Return how far the loss changes when targets move to other samples of the batch, and when they become other targets.

    Both in eval mode, relative to the loss. Other targets are those of the first sample, for all. Beside huge targets the
    outputs may be lost in rounding: where the loss hardly moves, the gradient is asked, which knows them all the same.

    Args:
        patient: Left as it was.

    Returns:
        NaN where there is no batch of targets, where all of them are equal, or where the loss takes none in another order.
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
    others = abs(loss_with(targets[:1].expand_as(targets).contiguous()) - base)
    if moved < HARDLY:
        moved = max(moved, _turned(patient, members.with_targets(batch, targets.roll(1, 0))))
    return moved, others / abs(base)


def _turned(patient: Patient, other: Any) -> float:  # noqa: ANN401 - a batch holds what the user put in
    """Return how far the gradient is another with the other batch, relative to its norm; 0 where there is none."""
    ours, theirs = (_gradient(patient, batch) for batch in (patient.batch, other))
    size = float(ours.norm())
    turned = float((theirs - ours).norm()) / size if 0 < size < math.inf else 0.0
    return turned if math.isfinite(turned) else 0.0


def _gradient(patient: Patient, batch: Any) -> Tensor:  # noqa: ANN401
    """Return the gradient of the batch's loss by all parameters, [P], in eval mode."""
    model = patient.session.model
    parameters = [p for p in model.parameters() if p.requires_grad]
    with untouched(model), mode(model, training=False), torch.enable_grad():
        seed_everything(patient.session.seed)
        loss = patient.session.compute(batch).loss
        gradients = torch.autograd.grad(loss, parameters, materialize_grads=True)
    return torch.cat([gradient.reshape(-1).double() for gradient in gradients])


def _all_equal(targets: Tensor) -> bool:
    return bool(torch.equal(targets[:1].expand_as(targets), targets))
