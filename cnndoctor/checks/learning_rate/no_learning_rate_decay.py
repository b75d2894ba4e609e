"""A constant learning rate under which the loss swings on a plateau."""

from __future__ import annotations

from statistics import fmean, stdev

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import ExperimentEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.series import finite, slope, tail
from cnndoctor.signs.success import held_out_gain


@check(severity=Severity.NOTE, grade="C")
def no_learning_rate_decay(
    experiment: ExperimentEvidence,
    train: TrainEvidence,
    *,
    min_noise: float = 0.2,
    good_gain: float = 0.9,
    min_losses: int = 60,
) -> Judgement:
    """The learning rate stays constant while the loss swings on a plateau.

    What it measures:
        A run without a schedule whose training loss over its last third neither falls (slope within two standard errors) nor
        is quiet (deviation from batch to batch above 20 % of its mean), and whose score leaves room.
    Why it matters:
        Near a minimum a constant rate bounces from wall to wall; a smaller one settles. Decay often gives the last percents.
    How to fix:
        Decay the rate: cosine annealing over the run, or a factor of ten at half and three quarters of it.
    When it is not a fault:
        Labels that are noisy keep the loss noisy at every rate. It is a hint, never more than a note.

    References:
        - I. Loshchilov, F. Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if experiment.scheduler:
        return NotApplicable(reason="a schedule is configured")
    losses = finite(train.losses)
    if len(losses) < min_losses or train.ended == "not-finite" or not held_out_gain(train) < good_gain:
        return None
    last = tail(losses, 1 / 3)
    trend, mean, noise = slope(last), fmean(last), stdev(last)
    fallen = losses[0] - mean
    if (
        mean <= 0
        or fallen < 0.2 * losses[0]
        or abs(trend.value) > 2 * trend.error
        or noise < min_noise * mean
    ):
        return None
    return Finding(
        message=(
            f"The loss stays at {mean:.3g} ± {noise:.2g} over the last third of the run without falling, at a constant "
            f"learning rate of {train.lrs[-1] if train.lrs else 0:.2g}."
        ),
        confidence=0.4,
        places=(Place(kind="key", name="optimizer"),),
        measured={"loss": mean, "noise": noise, "slope": trend.value},
        remedies=(
            Remedy(
                text="Add a schedule, for example torch.optim.lr_scheduler.CosineAnnealingLR over the whole run."
            ),
        ),
    )
