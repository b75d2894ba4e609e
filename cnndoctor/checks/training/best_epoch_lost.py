"""The best epoch is long past, and nobody kept it."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import ExperimentEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.noise import score_error, score_text


@check(severity=Severity.NOTE, grade="C")
def best_epoch_lost(
    experiment: ExperimentEvidence, train: TrainEvidence, *, min_loss: float = 0.02, max_position: float = 0.8
) -> Judgement:
    """The best validation epoch is long past and was not kept.

    What it measures:
        The best validation score of an epoch against the last one: lower by more than two standard errors and 2 %, the best
        in the first 80 % of the run, with neither early stopping nor checkpoints configured.
    Why it matters:
        The weights that were best are gone.
    How to fix:
        ``train.checkpoint_every: 1`` and keep the best; or ``train.early_stopping: {patience: 5}``.
    When it is not a fault:
        Differences within the noise of a small validation set.

    References:
        - Prechelt 1998, Early stopping - but when?, doi:10.1007/3-540-49430-8_3
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    scored = [e for e in train.epochs if math.isfinite(e.validation_score)]
    if len(scored) < 5 or train.validation is None:
        return NotApplicable(reason="fewer than five validated epochs")
    if experiment.early_stopping_patience or experiment.checkpoint_every:
        return None
    best = max(scored, key=lambda e: e.validation_score)
    lost = best.validation_score - scored[-1].validation_score
    if best.index > max_position * scored[-1].index or lost < max(
        min_loss, 2 * score_error(train.validation)
    ):
        return None
    return Finding(
        message=(
            f"Epoch {best.index + 1} had {score_text(best.validation_score, train.metric)} on validation, "
            f"the last one {score_text(scored[-1].validation_score, train.metric)}; its weights were not kept."
        ),
        confidence=0.7,
        places=(Place(kind="step", name=f"epoch {best.index + 1}"), Place(kind="key", name="train.epochs")),
        measured={
            "best": best.validation_score,
            "last": scored[-1].validation_score,
            "epoch": best.index + 1,
        },
        remedies=(
            Remedy(text="Write checkpoints and keep the best.", patch={"train.checkpoint_every": 1}),
            Remedy(text="Stop early.", patch={"train.early_stopping.patience": 5}),
        ),
    )
