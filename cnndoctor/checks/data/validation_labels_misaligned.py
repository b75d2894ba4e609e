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
SAMPLES = 50  # of validation, at least
# Share of predictions nearest to their own target: on training data at least, on validation at most. Chosen far from what
# configs/unseen/srcnn-digits showed: 1.0 on training data, 0.01 on misaligned validation, whose nearest targets gave r2 0.93.
OWN, OTHERS = 0.5, 0.1
SHIFTED = 0.5  # of the gain on training data that predictions must have with the targets of others


@check(severity=Severity.ERROR, grade="B", explains=HELD_OUT_IS_BAD)
def validation_labels_misaligned(
    data: DataEvidence, train: TrainEvidence | None
) -> Finding | NotApplicable | None:
    """Validation labels do not belong to their inputs, although those of training do.

    What it measures:
        A simple model fitted to training: cross-validated within training, on validation, and on validation under the best
        renumbering of classes; then the same of the trained network. Of a regression, whether predictions on validation fit the
        targets of other samples (a few samples on or back, or the nearest of all where targets have many numbers) while on
        training data they fit their own.
    Why it matters:
        Every decision made on validation (early stopping, best checkpoint, schedule) follows noise.
    How to fix:
        Look how validation inputs and labels are joined: both lists in one order, one permutation for both, no off-by-one, no
        shuffled loader whose labels are read in order.
    When it is not a fault:
        Validation from another domain, where the network does better than chance. Where simple models learn within validation
        as they do within training, its labels do belong to their inputs: see ``train-validation-shift``.

    References:
        - "What should I do when my neural network doesn't learn?", https://stats.stackexchange.com/q/352036
    """
    if train is not None and (moved := _of_others(train)):
        return _finding(moved, 0.95, {})
    baseline = data.baseline
    if data.validation is None or not baseline.metric or data.validation.examined < SAMPLES:
        return NotApplicable(reason="no validation labels that simple models can judge")
    inside = gain(baseline.train, baseline.chance)
    outside = gain(baseline.validation, baseline.chance)
    renumbered = gain(baseline.validation_permuted, baseline.chance)
    if not inside >= LEARNABLE or not outside <= CHANCE * inside or renumbered > inside / 2:
        return None
    if gain(baseline.validation_within, baseline.chance) > inside / 2:
        return None  # within validation labels do belong to their inputs: these mean something else
    network = evaluation_gain(train.validation) if train is not None else float("nan")
    if network > CHANCE:
        return None
    learnt = train is not None and evaluation_gain(train.train) > LEARNABLE
    return _finding(
        _message(baseline),
        0.95 if learnt and math.isfinite(network) else 0.85,
        {
            f"within training ({baseline.metric})": baseline.train,
            "on validation": baseline.validation,
            "chance": baseline.chance,
        },
    )


def _finding(message: str, confidence: float, measured: dict[str, float]) -> Finding:
    return Finding(
        message=message,
        confidence=confidence,
        places=(Place(kind="key", name="data.validation"),),
        measured=measured,
        remedies=(
            Remedy(
                text="Check how validation inputs and labels are joined: one order, one permutation for both."
            ),
        ),
    )


def _of_others(train: TrainEvidence) -> str:
    """Say that predictions on validation fit the targets of other samples, as they fit their own on training data."""
    if train.train is None or train.validation is None or train.validation.matching is None:
        return ""
    known, held_out = train.train.matching, train.validation.matching
    learnt, own = evaluation_gain(train.train), evaluation_gain(train.validation)
    if known is None or not learnt >= LEARNABLE or not own <= CHANCE * learnt:
        return ""
    if held_out.shifted_score >= SHIFTED * learnt:
        return (
            f"On validation the predictions fit the targets {_direction(held_out.shift)}: r2 is "
            f"{held_out.shifted_score:.2f} there and {train.validation.score:.2f} with their own."
        )
    if known.own_share >= OWN and held_out.own_share <= OTHERS and held_out.nearest_score >= SHIFTED * learnt:
        return (
            f"On validation {1 - held_out.own_share:.0%} of {held_out.samples} predictions come nearest to the target of "
            f"another sample (on training data {1 - known.own_share:.0%}), and fit it: r2 is {held_out.nearest_score:.2f} "
            f"against those and {train.validation.score:.2f} against their own."
        )
    return ""


def _direction(shift: int) -> str:
    samples = "1 sample" if abs(shift) == 1 else f"{abs(shift)} samples"
    return f"{samples} further on" if shift > 0 else f"{samples} back"


def _message(baseline: SimpleBaseline) -> str:
    return (
        f"A simple model reaches {baseline.metric} {baseline.train:.2f} within training and "
        f"{baseline.validation:.2f} on validation "
        f"(chance {max(0.0, baseline.chance):.2f}), and no renumbering of classes explains it."
    )
