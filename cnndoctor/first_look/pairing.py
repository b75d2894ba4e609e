"""Whether the loss knows which target belongs to which sample."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cnndoctor.first_look.patient import Patient, loss_value, quietly

SHIFTS = (1, 2, 3)  # places by which targets are moved on within the batch
FEWEST = 4  # samples


def pairing(patient: Patient) -> tuple[float, float]:
    """Return how far the loss changes when targets move to other samples of the batch, and when they become other targets.

    Both in eval mode, relative to the loss. Other targets are those of the first sample, for all.

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
    moved = max(abs(loss_with(targets.roll(shift, 0)) - base) for shift in SHIFTS)
    others = abs(loss_with(targets[:1].expand_as(targets).contiguous()) - base)
    return moved / abs(base), others / abs(base)


def _all_equal(targets: Tensor) -> bool:
    return bool(torch.equal(targets[:1].expand_as(targets), targets))
