"""Validation labels do not belong to their inputs."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.evidence.data import SimpleBaseline
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import HELD_OUT_IS_BAD
from cnndoctor.signs.success import evaluation_gain, gain

LEARNABLE = 0.3  # gain within training that makes a failure on validation telling
CHANCE = 0.25  # of that gain, reached on validation: still chance
SAMPLES = 50


@check(severity=Severity.ERROR, grade="B", explains=HELD_OUT_IS_BAD)
def validation_labels_misaligned(
    data: DataEvidence, train: TrainEvidence | None
) -> Finding | NotApplicable | None:
    """Validation labels do not belong to their inputs, although those of training do.

    What it measures:
        A simple model fitted to training: cross-validated within training, on validation, and on validation under the best
        renumbering of classes; then the same of the trained network.
    Why it matters:
        Every decision made on validation (early stopping, best checkpoint, schedule) follows noise.
    How to fix:
        Look how validation inputs and labels are joined: both lists in one order, one permutation for both, no off-by-one, no
        shuffled loader whose labels are read in order.
    When it is not a fault:
        Validation from another domain, where the network does better than chance.

    References:
        - "What should I do when my neural network doesn't learn?", https://stats.stackexchange.com/q/352036
    """
    baseline = data.baseline
    if data.validation is None or not baseline.metric or data.validation.examined < SAMPLES:
        return NotApplicable(reason="no validation labels that simple models can judge")
    inside = gain(baseline.train, baseline.chance)
    outside = gain(baseline.validation, baseline.chance)
    renumbered = gain(baseline.validation_permuted, baseline.chance)
    if not inside >= LEARNABLE or not outside <= CHANCE * inside or renumbered > inside / 2:
        return None
    network = evaluation_gain(train.validation) if train is not None else float("nan")
    if network > CHANCE:
        return None
    learnt = train is not None and evaluation_gain(train.train) > LEARNABLE
    return Finding(
        message=_message(baseline),
        confidence=0.95 if learnt and math.isfinite(network) else 0.85,
        places=(Place(kind="key", name="data.validation"),),
        measured={
            f"within training ({baseline.metric})": baseline.train,
            "on validation": baseline.validation,
            "chance": baseline.chance,
        },
        remedies=(
            Remedy(
                text="Check how validation inputs and labels are joined: one order, one permutation for both."
            ),
        ),
    )


def _message(baseline: SimpleBaseline) -> str:
    return (
        f"A simple model reaches {baseline.metric} {baseline.train:.2f} within training and "
        f"{baseline.validation:.2f} on validation "
        f"(chance {max(0.0, baseline.chance):.2f}), and no renumbering of classes explains it."
    )
