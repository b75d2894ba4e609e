"""Steps that change nothing."""

from __future__ import annotations

from statistics import median

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, SetupEvidence, TrainEvidence
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import LEARNS_NOTHING
from cnndoctor.signs.success import trained_well

FAR_BELOW = 0.1  # of the peak: what is rounded away there is not at the peak


@check(severity="error", grade="A", explains=LEARNS_NOTHING)
def parameters_not_updating(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    *,
    min_relative_gradient: float = 1e-3,
    max_below_precision: float = 0.5,
) -> Finding | None:
    """Optimizer steps leave parameters bit-identical although they have a gradient.

    What it measures:
        After several steps (or the whole run), trainable parameters in the optimizer whose gradient is no smaller
        than that of the others and which did not change by a single bit; and the share of elements whose update is
        below half a unit in the last place.
    Why it matters:
        Nothing is learnt. Either the learning rate of their group is zero, ``step`` does not reach them, or the
        updates are smaller than the number format can add.
    How to fix:
        A learning rate above zero in every group; a schedule that leaves zero (warm-up from a fraction, not from 0);
        weights in float32 when updates are tiny.
    When it is not a fault:
        A bias before BatchNorm has no gradient but rounding and is not looked at; nor are the first steps of a
        warm-up.

    References:
        - Micikevicius et al. 2018, "Mixed Precision Training", section 3.1: updates below 2^-11 of the weight vanish
          in fp16
        - limits are ours, chosen; no sound run and no planted fault decides them (docs/thresholds.md)
    """
    if trained_well(train, data.baseline if data else None):
        return None
    held = {
        p.name for p in setup.parameters if p.trainable and p.optimizer_groups > 0 and not p.frozen_on_purpose
    }
    steps = [s for s in first_batch.parameters if s.name in held and s.gradient == "ok"]
    usual = median([s.gradient_rms for s in steps]) if steps else 0.0
    felt = [s for s in steps if s.gradient_rms > min_relative_gradient * usual > 0]
    warming = not train and _warms_up(setup)
    by_run = set(train.unchanged_parameters) if train else None
    still = [s for s in felt if (not s.changed if by_run is None else s.name in by_run)]
    if not still or first_batch.steps == 0 or warming:
        return None
    rounded = [s for s in still if s.below_precision > max_below_precision]
    zero = all(group.lr == 0 for group in setup.optimizer.groups) and not _rises(setup)
    why = "the learning rate is 0" if zero else _why_not(rounded)
    layers = {p.name: p.layer for p in setup.parameters}
    return Finding(
        message=f"{len(still)} of {len(felt)} parameters with a gradient (first {still[0].name}) do "
        f"not change by a single bit: {why}.",
        confidence=0.95 if zero or len(still) == len(felt) else 0.85,
        places=(
            Place(kind="key", name="optimizer.lr"),
            *(Place(kind="layer", name=layers[s.name]) for s in still[:5]),
        ),
        measured={"unchanged": len(still), "with_gradient": len(felt)},
        remedies=(
            Remedy(
                text="Give every group a learning rate above 0, and keep weights in float32 when updates are tiny."
            ),
        ),
    )


def _warms_up(setup: SetupEvidence) -> bool:
    """Tell whether the first steps are made far below the rate that the schedule comes to."""
    peak = max((lr for _, lr in setup.planned_lr), default=0.0)
    return bool(setup.optimizer.groups) and setup.optimizer.groups[0].lr < FAR_BELOW * peak


def _rises(setup: SetupEvidence) -> bool:
    """Tell whether the planned schedule ever has a rate above zero."""
    return any(lr > 0 for _, lr in setup.planned_lr)


def _why_not(rounded: list[ParameterStep]) -> str:
    """Say why parameters stay that have a rate: of some the update is rounded away, others step() does not know."""
    if not rounded:
        return "step() does not reach them"
    share, name = rounded[0].below_precision, rounded[0].name
    return f"for {share:.0%} of the elements of {name} the update is smaller than the number format can add"
