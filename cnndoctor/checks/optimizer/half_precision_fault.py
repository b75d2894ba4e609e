"""Half precision that overflows, underflows or rounds updates away."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FirstBatchEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import outdoes

HALF = {"float16", "bfloat16"}


@check(
    severity="error",
    grade="A",
    explains=merged(
        LEARNS_NOTHING,
        tuple(effect for effect in BLOWS_UP if effect != "half-precision-fault"),
        ("parameters-not-updating", "user-code-raises", "vanishing-gradients"),
    ),
)
def half_precision_fault(  # noqa: PLR0917 - the evidence it needs
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence | None,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_skipped_share: float = 0.3,
    max_below_precision: float = 0.5,
) -> Finding | None:
    """Half precision is used without what it needs.

    What it measures:
        Weights kept in float16 or bfloat16, the share of their elements whose update is rounded away, values that
        overflow, and the share of steps that the GradScaler skips. After a training that went badly, paired runs in full
        precision: a cure that no other change brings is the proof.
    Why it matters:
        float16 ends at 65504 and begins at 6e-8: Adam's eps of 1e-8 is zero there, and small gradients are. bfloat16
        has eight bits: an update below 1/256 of the weight changes nothing.
    How to fix:
        Keep weights in float32 and compute in half precision: ``precision: bf16`` (autocast) in place of
        ``model.half()``. With fp16 a GradScaler, clipping after ``unscale_``, and eps of 1e-4 or so where small
        numbers are divided by.
    When it is not a fault:
        The first skipped steps of a GradScaler; half-precision weights in a run that learns well.

    References:
        - Micikevicius et al. 2018, "Mixed Precision Training"; PyTorch, "Automatic Mixed Precision"
        - limits are ours; saved runs of scripts/clinic.py hold ``max_below_precision``, the other is chosen
          (docs/thresholds.md)
    """
    if trained_well(train, data.baseline if data else None):
        return None
    half = [p for p in setup.parameters if p.dtype in HALF and p.trainable]
    names = {p.name for p in half}
    steps = [s for s in first_batch.parameters if s.name in names] if first_batch else []
    rounded = [s for s in steps if s.below_precision > max_below_precision]
    if len(rounded) > len(steps) / 2:
        said = (
            f"of {len(rounded)} of {len(half)} tensors most updates are smaller than "
            f"{half[0].dtype} can add to the weights"
        )
        return _finding(f"Weights are kept in {half[0].dtype}, and {said}.", "model", 0.93)
    broken = (first_batch is not None and not math.isfinite(first_batch.loss.value)) or (
        train is not None and train.nonfinite is not None
    )
    broken = broken or any(s.gradient == "nonfinite" for s in steps)
    if half and half[0].dtype == "float16" and broken:
        return _finding(
            f"Weights are kept in float16 without a GradScaler, and values overflow ({len(half)} tensors).",
            "model",
            0.9,
        )
    skipped = train.skipped_steps / max(1, train.steps + train.skipped_steps) if train else 0.0
    if experiment.precision == "fp16" and skipped > max_skipped_share:
        said = f"The GradScaler skips {skipped:.0%} of all steps (limit {max_skipped_share:.0%}): gradients overflow in fp16."
        return _finding(said, "train.precision", 0.85)
    cured = outdoes(trials, "fp32")
    if cured:
        gained = f"gets {cured:.0%} of the way to perfect further than in {experiment.precision}"
        said = f"In full precision the same run {gained}, and no other change does as much."
        return _finding(said, "train.precision", 0.9)
    return None


def _finding(message: str, key: str, confidence: float) -> Finding:
    return Finding(
        message=message,
        confidence=confidence,
        places=(Place(kind="key", name=key),),
        remedies=(
            Remedy(
                text="Keep weights in float32 and compute in bf16 by autocast.",
                patch={"train.precision": "bf16"},
            ),
        ),
    )
