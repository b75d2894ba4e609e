"""Nearly every step is clipped."""

from __future__ import annotations

from cnndoctor.check import check
from cnndoctor.evidence import (
    ExperimentEvidence,
    LrRangeEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import NO_PROGRESS, merged
from cnndoctor.signs.pairs import by_seed, clearly_better
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import lifts, rescue

FAR_SHORTER = 10.0  # times: chosen; a step that is cut to less costs no more than a tenth of the rate does


@check(
    severity="warning",
    grade="B",
    explains=merged(NO_PROGRESS, ("learning-rate-too-low", "weak-optimizer", "model-too-small")),
)
def clipping_always_active(
    experiment: ExperimentEvidence,
    train: TrainEvidence,
    trials: TrialsEvidence | None,
    lr_range: LrRangeEvidence | None,
    setup: SetupEvidence | None,
    *,
    max_share: float = 0.9,
    max_fraction: float = 0.05,
) -> Finding | None:
    """Clipping cuts nearly every step, so that it sets the step size.

    What it measures:
        The share of steps whose gradient norm was above the limit, and the limit against the median norm. Confirmed by paired
        runs without clipping that end clearly better on two seeds; or, where the optimizer's step is as long as its gradient,
        by short runs that learn clearly more at a rate raised about as much as clipping shortens every step, while the
        configured rate without clipping would be one of the usable ones. Without such proof it is a note.
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
        - limits are ours, chosen; no sound run and no planted fault decides them (docs/thresholds.md)
    """
    limit = experiment.clip_grad_norm
    if limit <= 0 or train.clipped_share <= max_share or not train.gradient_norms:
        return None
    norms = sorted(norm for norm in train.gradient_norms if norm == norm)  # noqa: PLR0124 - NaN apart
    middle = norms[len(norms) // 2] if norms else 0.0
    freed = rescue(trials, "no-clipping") or lifts(trials, "no-clipping")
    if middle <= 0 or (trained_well(train) and limit > max_fraction * middle and not freed):
        return None
    shortened = middle / limit
    too_short = not freed and _too_short(lr_range, setup, shortened) and not trained_well(train)
    return Finding(
        message=f"{train.clipped_share:.0%} of all steps are clipped to {limit:g}; the median gradient norm is {middle:.3g}."
        + (_by_trial(freed) if freed else _by_rates(lr_range, shortened) if too_short else ""),
        confidence=0.93 if freed else 0.88 if too_short else 0.5,
        severity=Severity.ERROR if freed or too_short else Severity.NOTE,
        places=(Place(kind="key", name="train.clip_grad_norm"),),
        measured={"clipped_share": train.clipped_share, "median_norm": middle, "limit": limit},
        remedies=(
            Remedy(
                text="Clip outliers only.",
                patch={"train.clip_grad_norm": float(f"{norms[int(0.9 * (len(norms) - 1))]:.2g}")},
            ),
        ),
    )


def _too_short(lr_range: LrRangeEvidence | None, setup: SetupEvidence | None, shortened: float) -> bool:
    """Return whether the rate is too low for no other reason than that clipping makes every step so much shorter.

    The range test clips as the training does: with its limit gone, the configured rate does what this many times it does now.
    """
    if lr_range is None or setup is None or setup.optimizer.adaptive or not lr_range.band:
        return False
    low, high = lr_range.band
    unclipped = shortened * lr_range.configured_peak
    if shortened < FAR_SHORTER or lr_range.configured_peak >= low or not low <= unclipped <= high:
        return False
    seeds = list(by_seed(lr_range.paired).values())
    return bool(seeds) and all(
        1.0 in runs and any(f >= FAR_SHORTER and clearly_better(run, runs[1.0]) for f, run in runs.items())
        for runs in seeds
    )


def _by_trial(freed: float) -> str:
    return f" Without clipping the same run gains {freed:.0%} of the way from chance to perfect."


def _by_rates(lr_range: LrRangeEvidence | None, shortened: float) -> str:
    assert lr_range is not None
    low, high = lr_range.band or (0.0, 0.0)
    lr = lr_range.configured_peak
    return (
        f" That makes each step {shortened:.0f} times shorter: the rate of {lr:.3g} lies below those that are usable with this "
        f"clipping ({low:.2g} to {high:.2g}); without it, it would do what {shortened * lr:.2g} does now. Short runs at ten "
        "times the rate and more learn clearly more."
    )
