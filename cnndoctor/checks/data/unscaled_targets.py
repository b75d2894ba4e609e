"""Regression targets far from the scale of the outputs."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    OverfitEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.effects import WRONG_SCALE
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import (
    AS_CONFIGURED,
    RATES,
    SCALED,
    best_gain,
    joint_rescue,
    rescue,
    rival_gain,
    trial_gain,
    worst_gain,
)

LOST, HELD = -1.0, -0.1  # gains: worse than twice the error of the mean; about as good as the mean


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=WRONG_SCALE,
)
def unscaled_targets(
    experiment: ExperimentEvidence,
    data: DataEvidence,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_scale: float = 5.0,
    min_scale: float = 0.05,
    of_rivals: float = 0.85,
) -> Judgement:
    """Regression targets are far from the scale a network puts out, and this run suffers from it.

    What it measures:
        Mean and standard deviation of the targets, and paired runs that differ only in standardised targets: they must end
        clearly better in r2, which does not depend on scale, on two seeds. The size of the loss plays no part. A
        run that blows up as configured, at other rates and with other optimizers, and holds with standardised targets alone,
        counts too; and so does a tiny set that only standardised targets make learnable, after other rates and optimizers
        were tried.
    Why it matters:
        A fresh network puts out numbers around 0 and 1; to reach 50,000 its weights must grow for most of the run, and the
        gradients of a squared error grow with the targets.
    How to fix:
        Train on ``(y - mean) / std`` and turn predictions back, ``prediction * std + mean``; log-transform prices and counts.
    When it is not a fault:
        Large targets that converge: a run that goes well is told only where scaling inputs and targets takes it clearly further
        than anything else.

    References:
        - LeCun, Bottou, Orr, Müller: Efficient BackProp, 1998, section 4.5
        - limits are ours, chosen; no sound run and no planted fault decides them (docs/thresholds.md)
    """
    if experiment.task != "regression":
        return NotApplicable(reason="no regression")
    targets = data.train.targets
    means, stds = (
        data.train.labels.column_means or (targets.mean,),
        data.train.labels.column_stds or (targets.std,),
    )
    magnitude = max(*(abs(value) for value in means), *stds)
    joint, well = joint_rescue(trials), trained_well(train, data.baseline)
    if min_scale < magnitude < max_scale or (well and not joint):
        return None
    if magnitude >= max_scale and _learnt_only_scaled(overfit):
        return _proven(
            targets.mean,
            targets.std,
            "as configured, at other rates and with other optimizers a few samples are not learnt by heart, and with "
            "standardised targets they are.",
        )
    if trials is None:
        return None
    gained = joint or rescue(trials, "standardised-targets")
    reached = worst_gain(trials, SCALED if joint else "standardised-targets")
    if not gained and magnitude >= max_scale and _only_scaled_targets_hold(trials):
        return _proven(
            targets.mean,
            targets.std,
            "as configured, at other rates and with other optimizers the run gets nowhere, and only with standardised "
            "targets it does.",
        )
    if not gained:
        return None
    rivals = rival_gain(
        trials, *RATES, "adam", "sgd", "gradient-clipping", "standardised-inputs", "default-init", "he-init"
    )
    how = "standardised together with the inputs" if joint else "standardised"
    specific = reached >= of_rivals * rivals
    before = best_gain(trials, AS_CONFIGURED)
    return Finding(
        message=(
            f"Targets have mean {targets.mean:.4g} and standard deviation {targets.std:.4g}; {how}, the same run "
            f"reaches r2 {reached:.2f} instead of {before if math.isfinite(before) else 0:.2f}."
        ),
        confidence=0.92 if specific else 0.5,
        severity=None if specific and not well else Severity.WARNING,
        places=(Place(kind="key", name="data.train"),),
        measured={
            "mean": targets.mean,
            "std": targets.std,
            "r2": reached,
            "before": before,
            "rivals": rivals,
        },
        remedies=(
            Remedy(
                text=f"Train on (y - {targets.mean:.4g}) / {targets.std:.4g} and turn predictions back afterwards."
            ),
            Remedy(text="Log-transform targets that span orders of magnitude."),
        ),
    )


def _only_scaled_targets_hold(trials: TrialsEvidence) -> bool:
    """Return whether every run but the one with standardised targets ended far below a constant prediction, or in NaN."""
    held = [trial_gain(trial, trials) for trial in trials.of("standardised-targets")]
    others = [t for t in trials.trials if t.name not in {"standardised-targets", SCALED, "longer"}]
    lost = [not math.isfinite(t.train_loss) or trial_gain(t, trials) < LOST for t in others]
    return len(held) > 1 and min(held) > HELD and bool(lost) and all(lost)


def _learnt_only_scaled(overfit: OverfitEvidence | None) -> bool:
    """Return whether a few samples are learnt with standardised targets, on two seeds, and with no change tried before."""
    return overfit is not None and overfit.confirmed and overfit.rescued_by == "standardised-targets"


def _proven(mean: float, std: float, how: str) -> Finding:
    return Finding(
        message=f"Targets have mean {mean:.4g} and standard deviation {std:.4g}; {how}",
        confidence=0.9,
        places=(Place(kind="key", name="data.train"),),
        measured={"mean": mean, "std": std},
        remedies=(
            Remedy(text=f"Train on (y - {mean:.4g}) / {std:.4g} and turn predictions back afterwards."),
        ),
    )
