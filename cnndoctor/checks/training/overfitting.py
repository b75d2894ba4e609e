"""Validation gets worse while training improves."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import ExperimentEvidence, TrainEvidence
from cnndoctor.evidence.train import Epoch
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.series import smooth
from cnndoctor.signs.both_splits import on_both_splits
from cnndoctor.signs.noise import score_error
from cnndoctor.signs.success import evaluation_gain

RISE_ERRORS = 2.0  # relative standard errors of a mean loss, beyond which its rise is a warning


@check(severity=Severity.WARNING, grade="B", explains=("best-epoch-lost", "per-class-failure"))
def overfitting(
    experiment: ExperimentEvidence,
    train: TrainEvidence,
    *,
    max_growth: float = 1.1,
    min_gap: float = 0.1,
    serious_gap: float = 0.2,
    errors: float = 3.0,
    min_epochs: int = 6,
) -> Judgement:
    """Validation gets worse while training improves: the model learns its training data by heart.

    What it measures:
        The validation loss, smoothed over three epochs, against its best: more than 10 % above it, with the best in the first
        80 % of the run, while the training loss went on falling. And the score on training data in eval mode, which must lie
        above the validation score by three standard errors and a tenth of the way to perfect, while the validation score has
        stopped rising.
    Why it matters:
        From the best epoch on, training makes the model worse at what it is for.
    How to fix:
        In this order: more data or augmentation (what keeps the label: mirror, rotate, crop, scale, noise, elastic); dropout
        and weight decay; early stopping (``train.early_stopping: {patience: 5}``); a smaller network; pretrained layers. At
        the end an ensemble: the mean of the predicted probabilities of three to five runs with other seeds, worth one to two
        points where single runs overfit in different ways, at as many times the cost; knowledge distillation puts it back
        into one net.
    When it is not a fault:
        A validation loss that rises while accuracy rises too (the model gets surer, not worse); one bad epoch; a small gap at
        a good score; a rise that few validation samples show by chance (a note); data that is meant to be memorised
        (``intent: {memorise: true}``).

    References:
        - Prechelt 1998, Early stopping - but when?, doi:10.1007/3-540-49430-8_3
        - limits are ours, held by saved runs of scripts/clinic.py, but for ``min_epochs``, chosen
          (docs/thresholds.md)
    """
    if experiment.intent_memorise:
        return NotApplicable(reason="the data is meant to be memorised")
    epochs = [e for e in train.epochs if math.isfinite(e.validation_loss)]
    if len(epochs) < min_epochs or train.validation is None:
        return NotApplicable(reason=f"fewer than {min_epochs} validated epochs")
    losses = smooth([e.validation_loss for e in epochs], 3)
    best = min(range(len(losses)), key=losses.__getitem__)
    grown = losses[-1] / losses[best] if losses[best] > 0 else math.nan
    if (
        not grown > max_growth
        or best > 0.8 * (len(epochs) - 1)
        or epochs[-1].train_loss >= epochs[best].train_loss
    ):
        return None
    gap = evaluation_gain(train.train) - evaluation_gain(train.validation)
    noise = errors * math.hypot(score_error(train.train), score_error(train.validation))
    scored = (
        math.isfinite(train.validation.score) and train.train is not None and math.isfinite(train.train.score)
    )
    if scored and (
        not gap > max(min_gap, noise) or _still_rising(epochs, best, score_error(train.validation))
    ):
        return None
    if not scored and not grown > 1.5:
        return None
    lost = max(e.validation_score for e in epochs) - epochs[-1].validation_score if scored else math.nan
    # Chosen: losses of single samples are spread about like their mean, so that of n samples it scatters by 1/sqrt(n) of it.
    # On 30 samples of three overlapping subtypes it rose by 15 %; on 6,000 others of that source by 7 %, and nothing was lost.
    scatter = 1 + RISE_ERRORS / math.sqrt(max(1, train.validation.samples))
    serious = gap > serious_gap and grown > scatter if scored else True
    return Finding(
        message=(
            f"The validation loss rose from {losses[best]:.4g} (epoch {epochs[best].index + 1}) to {losses[-1]:.4g} "
            f"while the training loss fell to {epochs[-1].train_loss:.4g}{f'; {on_both_splits(train)}' if scored else ''} "
            f"(limit {max_growth:g} times the best)."
        ),
        confidence=0.85 if serious else 0.6,
        severity=None if serious else Severity.NOTE,
        places=(Place(kind="step", name=f"epoch {epochs[best].index + 1}"),),
        measured={"best_loss": losses[best], "last_loss": losses[-1], "gap": gap, "score_lost": lost},
        remedies=(
            Remedy(text="Get more data, or augment it (flips, crops, shifts, noise that keep the label)."),
            Remedy(text="Regularise: dropout before the head, weight decay 1e-4 to 1e-2."),
            Remedy(text="Stop at the best epoch.", patch={"train.early_stopping.patience": 5}),
            Remedy(text="Use a smaller network, or start from pretrained layers."),
        ),
    )


def _still_rising(epochs: list[Epoch], best: int, error: float) -> bool:
    """Return whether the validation score after the best loss still gained more than its error."""
    scores = smooth([e.validation_score for e in epochs], 3)
    return scores[-1] > scores[best] + error
