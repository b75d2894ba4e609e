"""The loss is being maximised, or is negative where it cannot be."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    FirstBatchEvidence,
    SetupEvidence,
    TrainEvidence,
)
from cnndoctor.finding import Finding, Place, Remedy
from cnndoctor.signs.effects import BLOWS_UP, LEARNS_NOTHING, merged
from cnndoctor.signs.losses import expects, never_negative
from cnndoctor.signs.success import evaluation_gain


@check(
    severity="error",
    grade="A",
    explains=merged(LEARNS_NOTHING, BLOWS_UP, ("overfitting", "validation-better-than-train")),
)
def loss_goes_the_wrong_way(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence | None,
    data: DataEvidence | None,
    train: TrainEvidence | None,
    *,
    max_gain: float = 0.05,
) -> Finding | None:
    """The optimizer climbs instead of descending, or the loss is negative where it cannot be.

    What it measures:
        The optimizer's ``maximize``; a loss of masks that is the smaller the more a prediction is the opposite of its mask,
        as it says when it is asked; the sign of a loss that has none below zero; and, for losses of the user's own,
        whether the loss falls below zero, or where what it calls cannot be, while the score stays at chance or below.
    Why it matters:
        With the sign turned, every step makes the model worse, and the loss looks as if it improved. A negative
        cross-entropy mostly means labels outside of {0, 1}, which the loss rewards without limit.
    How to fix:
        ``maximize: false``; return ``loss`` and not ``-loss``, ``1 - dice`` and not ``dice``; binary labels as 0.0 and 1.0
        (not 1/2, -1/1 or 0/255).
    When it is not a fault:
        Likelihoods of densities, margins and adversarial losses may be negative: say so with ``intent:
        {negative_loss: true}``.

    References:
        - torch.nn.BCEWithLogitsLoss: targets between 0 and 1
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    turned = first_batch is not None and first_batch.loss.prefers_opposite
    if setup.optimizer.maximize and turned:
        return None  # a score, and it is maximised
    if setup.optimizer.maximize and not experiment.intent_negative_loss:
        return _finding(
            f"{setup.optimizer.name} is built with maximize=True: every step makes the loss larger.",
            "optimizer.maximize",
            0.97,
            Remedy(text="Leave maximize at False.", patch={"optimizer.maximize": False}),
        )
    if experiment.intent_negative_loss:
        return None
    if turned:
        return _finding(
            f"{setup.loss.name or 'The loss'} grows all the way as a prediction comes closer to its mask, and is minimised: "
            "training drives predictions away from the masks.",
            "loss",
            0.95,
            Remedy(text="Return 1 - score (of a Dice or IoU), or the loss without its minus."),
        )
    # A loss of one's own may weigh by signed numbers what cannot be negative, a step may take a bonus off it: both are judged
    # where the run learns nothing.
    alone = setup.loss.known and not experiment.custom_step
    if alone or (train is not None and evaluation_gain(train.train) <= max_gain):
        impossible = _impossible(setup, first_batch, data, train)
        if impossible is not None:
            return impossible
    return _falls_without_end(setup, train, max_gain)


def _impossible(
    setup: SetupEvidence,
    first_batch: FirstBatchEvidence | None,
    data: DataEvidence | None,
    train: TrainEvidence | None,
) -> Finding | None:
    # What a step takes off its loss, and says so, may well make it negative.
    if not never_negative(setup.loss) or (first_batch is not None and first_batch.loss.penalty < 0):
        return None
    values = [first_batch.loss.value, first_batch.loss_after] if first_batch else []
    values += list(train.losses) if train else []
    lowest = min((value for value in values if math.isfinite(value)), default=0.0)
    if lowest >= -1e-6:
        return None
    targets = data.train.targets if data else None
    binary = expects(setup.loss) in {"probabilities", "binary-scores"}
    if binary and targets is not None and (targets.minimum < 0 or targets.maximum > 1):
        said = (
            f"{setup.loss.name} reaches {lowest:.3g}: its targets run from {targets.minimum:g} to "
            f"{targets.maximum:g}, not from 0 to 1."
        )
        return _finding(said, "data.train", 0.93, Remedy(text="Give binary labels as 0.0 and 1.0."))
    said = f"{setup.loss.name} cannot be negative, but reaches {lowest:.3g}: its sign is turned on the way to backward()."
    return _finding(
        said,
        "step" if first_batch is not None else "loss",
        0.9,
        Remedy(text="Return the loss itself, not its negative."),
    )


def _falls_without_end(setup: SetupEvidence, train: TrainEvidence | None, max_gain: float) -> Finding | None:
    """Judge a loss of the user's own by its curve: ever more negative while nothing is learnt."""
    if train is None or not train.metric or setup.loss.known:
        return None
    losses = [value for value in train.losses if math.isfinite(value)]
    reached = evaluation_gain(train.train)
    if len(losses) < 10 or not math.isfinite(reached) or reached > max_gain:
        return None
    start, end = losses[0], sum(losses[-5:]) / 5
    if end < 0 and end < start - max(1.0, 2 * abs(start)):
        said = (
            f"The loss falls from {start:.3g} to {end:.3g}, below zero and without end, while "
            f"{train.metric} stays at chance: its sign "
            f"seems to be turned."
        )
        return _finding(said, "loss", 0.88, Remedy(text="Return the loss itself, not its negative."))
    return None


def _finding(message: str, key: str, confidence: float, remedy: Remedy) -> Finding:
    return Finding(
        message=message, confidence=confidence, places=(Place(kind="key", name=key),), remedies=(remedy,)
    )
