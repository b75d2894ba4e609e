"""Nearly every step is clipped."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import ExperimentEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import NO_PROGRESS, merged
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import rescue


@check(
    severity="warning",
    grade="B",
    explains=merged(NO_PROGRESS, ("learning-rate-too-low", "weak-optimizer", "model-too-small")),
)
def clipping_always_active(
    experiment: ExperimentEvidence,
    train: TrainEvidence,
    trials: TrialsEvidence | None,
    *,
    max_share: float = 0.9,
    max_fraction: float = 0.05,
) -> Finding | None:
    """Clipping cuts nearly every step, so that it sets the step size.

    What it measures:
        The share of steps whose gradient norm was above the limit, and the limit against the median norm. Confirmed by paired
        runs without clipping that end clearly better on two seeds; without them it is a note.
    Why it matters:
        Clipping is meant for rare outliers. If it is always active, every step has the same length, whatever the
        slope; the learning rate means something else than it says.
    How to fix:
        A limit near the 90th percentile of the gradient norms, or none.
    When it is not a fault:
        Language models are trained this way; silent where the run learns well and the limit is within a factor of
        twenty.

    References:
        - Pascanu et al. 2013
    """
    limit = experiment.clip_grad_norm
    if limit <= 0 or train.clipped_share <= max_share or not train.gradient_norms:
        return None
    norms = sorted(norm for norm in train.gradient_norms if norm == norm)  # noqa: PLR0124 - NaN apart
    middle = norms[len(norms) // 2] if norms else 0.0
    if middle <= 0 or (trained_well(train) and limit > max_fraction * middle):
        return None
    freed = rescue(trials, "no-clipping")
    return Finding(
        message=f"{train.clipped_share:.0%} of all steps are clipped to {limit:g}; the median gradient norm is {middle:.3g}."
        + (
            f" Without clipping the same short run gains {freed:.0%} of the way from chance to perfect."
            if freed
            else ""
        ),
        confidence=0.93 if freed else 0.5,
        severity=Severity.ERROR if freed else Severity.NOTE,
        places=(Place(kind="key", name="train.clip_grad_norm"),),
        measured={"clipped_share": train.clipped_share, "median_norm": middle, "limit": limit},
        remedies=(
            Remedy(
                text="Clip outliers only.",
                patch={"train.clip_grad_norm": float(f"{norms[int(0.9 * (len(norms) - 1))]:.2g}")},
            ),
        ),
    )
