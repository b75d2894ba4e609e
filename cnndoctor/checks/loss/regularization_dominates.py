"""The penalty outweighs the data."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FirstBatchEvidence,
    OverfitEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import LEARNS_NOTHING, merged
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import AS_CONFIGURED, best_gain, lifts, worst_gain

# Of the data gradient on the first batch: what pulls less cannot lead, whatever a pair of losses says. Chosen; the planted
# decays of configs pull 6 and 15 times as hard, one that merely changed a lucky pair 0.003 times.
LEAST_PULL = 0.05
HALF = 0.5  # of what the run learns without the penalty: who keeps that much is not dominated
LOWER = 0.7  # of the loss with weight decay, at most, where the run without it ends clearly better: chosen
USUAL_DECAY = 5e-4  # for SGD
MUCH_LOWER = 0.1  # of a decay that harms though it is no larger than usual


@check(
    severity="warning",
    grade="B",
    explains=merged(LEARNS_NOTHING, ("vanishing-gradients", "loss-far-from-chance", "dead-relu")),
)
def regularization_dominates(  # noqa: PLR0917 - the evidence it needs
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence,
    data: DataEvidence | None,
    overfit: OverfitEvidence | None,
    train: TrainEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_pull: float = 1.0,
    max_penalty_share: float = 0.8,
    min_rescue: float = 0.15,
) -> Finding | None:
    """Weight decay or a penalty pulls harder than the data.

    What it measures:
        The norm of weight decay times weights over the norm of the loss gradient on the first batch; and the share
        that a reported penalty has in the loss. Confirmed by paired runs without weight decay or without the penalty, or
        by the tiny set. Paired runs that get clearly further without it, and further than by any other change, accuse a
        run that came as far as simple models do, too.
    Why it matters:
        Weights then shrink to zero whatever the data say; the loss falls because the penalty does, and the score
        stays at chance.
    How to fix:
        Weight decay of 1e-4 to 5e-4 for SGD, 0.01 to 0.1 for AdamW (which multiplies it with the learning rate); a
        penalty that is a tenth of the data loss.
    When it is not a fault:
        Strong decay in a run that learns well; a positive penalty of a regression (an autoencoder's divergence) beside which
        more than half is learnt of what is learnt without.

    References:
        - Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization"
        - limits are ours; saved runs of scripts/clinic.py hold ``max_penalty_share``, the others are chosen
          (docs/thresholds.md)
    """
    rescued = {name: lifts(trials, name, clearly=min_rescue) for name in ("no-weight-decay", "no-penalty")}
    rewards = first_batch.loss.penalty < 0
    if experiment.task == "regression" and not rewards and not _leaves_less_than_half(trials):
        rescued["no-penalty"] = 0.0
    if trained_well(train, data.baseline if data else None) and not any(rescued.values()):
        return None
    loss = first_batch.loss
    decay = max((group.weight_decay for group in setup.optimizer.groups), default=0.0)
    share = loss.penalty / loss.value if loss.value > 0 and math.isfinite(loss.penalty) else 0.0
    pulls = decay > 0 and math.isfinite(loss.weight_decay_pull) and loss.weight_decay_pull > max_pull
    felt = not loss.weight_decay_pull < LEAST_PULL  # NaN counts: unknown
    freed = any(rescued.values()) or (decay > 0 and felt and _freed(trials))
    if not pulls and share <= max_penalty_share and not freed:
        return None
    confirmed = freed or _blocks_a_few(overfit)
    if share > max_penalty_share or rescued["no-penalty"]:
        key, patch, limit = "step", {}, max_penalty_share if share > max_penalty_share else None
        part = f"{share:.0%} of the loss" if share > 0 else "taken off the loss"
        said = f"The penalty is {part} ({loss.penalty:.3g} of {loss.value:.3g})"
    else:
        key, limit = "optimizer.weight_decay", max_pull if pulls else None
        patch = {key: min(USUAL_DECAY, float(f"{decay * MUCH_LOWER:.2g}"))}
        said = (
            f"Weight decay {decay:g} pulls {loss.weight_decay_pull:.2g} times as hard as the data on the first batch"
            if math.isfinite(loss.weight_decay_pull)
            else f"Weight decay is {decay:g}"
        )
    told_limit = f" (limit {limit:g})" if limit is not None else ""
    return Finding(
        message=f"{said}{told_limit}{_proof(freed=freed, confirmed=confirmed)}.",
        confidence=0.93 if confirmed else 0.7,
        # Before the training has shown that it fails, a strong pull is no more than a thing to know.
        severity=Severity.ERROR if confirmed else Severity.NOTE if train is None else None,
        places=(Place(kind="key", name=key),),
        measured={"weight_decay": decay, "pull": loss.weight_decay_pull, "penalty_share": share},
        remedies=(Remedy(text="Lower it until the data lead.", patch=patch),),
    )


def _blocks_a_few(overfit: OverfitEvidence | None) -> bool:
    """Return whether a few samples are learnt without regularisation, and not with it."""
    return (
        overfit is not None
        and overfit.configured.reached
        and overfit.with_regularisation is not None
        and not overfit.with_regularisation.reached
    )


def _proof(*, freed: bool, confirmed: bool) -> str:
    if freed:
        return "; without it the run gets clearly further"
    return "; without regularisation a few samples are learnt" if confirmed else ""


def _leaves_less_than_half(trials: TrialsEvidence | None) -> bool:
    """Return whether with the penalty the run learns less than half of what it learns without.

    A penalty is there to be paid for: the divergence of an autoencoder costs reconstruction by design (0.57 of the way to
    perfect with it, 0.85 without, in a sound one), those that were planted too strong leave nothing.
    """
    kept = best_gain(trials, AS_CONFIGURED)
    return not kept >= HALF * worst_gain(trials, "no-penalty")


def _freed(trials: TrialsEvidence | None) -> bool:
    """Return whether the paired run without weight decay ends clearly better with two seeds; one may be lucky."""
    if trials is None:
        return False
    before = {trial.seed: trial.train_loss for trial in trials.of(AS_CONFIGURED)}
    pairs = [(before[t.seed], t.train_loss) for t in trials.of("no-weight-decay") if t.seed in before]
    # Shares mean nothing of losses below zero.
    return len(pairs) > 1 and all(b >= 0 and not (a <= b / LOWER) for a, b in pairs)
