"""The same samples score differently in eval mode."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import FirstBatchEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.noise import score_error, score_text
from cnndoctor.signs.success import evaluation_gain

AVERAGED = (
    "Look at the layers that run in one mode only: what eval mode computes with must have learnt in training. An average "
    "of the weights with a decay of 0.9999 needs some 30,000 steps to leave its start behind."
)


@check(
    severity=Severity.ERROR,
    grade="A",
    role="symptom",
    explains=(
        "overfitting",
        "chance-accuracy",
        "constant-predictions",
        "underfitting",
        "per-class-failure",
        "validation-better-than-train",
        "best-epoch-lost",
        "stopped-too-early",
    ),
)
def train_eval_gap(
    train: TrainEvidence,
    first_batch: FirstBatchEvidence | None,
    *,
    max_gap: float = 0.15,
    max_mode_gap: float = 0.3,
    min_times: float = 10.0,
    min_steps: int = 100,
    min_samples: int = 50,
) -> Judgement:
    """The same training samples score much worse in eval mode than in training mode.

    What it measures:
        With the final weights, the same part of the training data once in eval mode and once with batch statistics and dropout
        off; a difference of 15 % of the way to perfect counts, beyond three standard errors. Where a model has no batch
        statistics, the last epoch's training-mode score takes their place, with a limit of 30 %; or of 15 % where the loss in
        eval mode is ten times what it was in training mode, too (chosen: averaged weights that still held their start cost 200
        times as much).
    Why it matters:
        What training sees is not what anybody gets afterwards: validation measures another model.
    How to fix:
        Look at BatchNorm (momentum, batch size, eval mode with stale statistics), at dropout that is active or missing in one
        of the modes, and at code that branches on ``self.training``.
    When it is not a fault:
        In the first hundred steps, while running statistics still travel behind fast weights.

    References:
        - Ioffe and Szegedy 2015, Batch Normalization, section 3.1, arXiv:1502.03167
        - limits are ours, held by saved runs of scripts/clinic.py, but for ``min_times``, chosen (docs/thresholds.md)
    """
    judged = train.train
    if judged is None or judged.samples < min_samples or train.steps < min_steps:
        return NotApplicable(reason=f"fewer than {min_samples} samples or {min_steps} steps")
    if train.train_in_train_mode is not None:
        other, limit, where = evaluation_gain(train.train_in_train_mode), max_gap, "with batch statistics"
        shown = train.train_in_train_mode.score
    else:
        shown = train.epochs[-1].train_score if train.epochs else math.nan
        chance = judged.chance
        other = (shown - chance) / (1 - chance) if math.isfinite(shown) and chance < 1 else math.nan
        limit = max_gap if _losses_apart(train, min_times) else max_mode_gap
        where = "in training mode, over the last epoch"
    gap = other - max(0.0, evaluation_gain(judged))  # below chance is not worse than chance
    # Where one answer is nearly always right, little lies between chance and perfect, and chance moves it by much.
    known = math.isfinite(judged.score) and judged.chance < 1
    if not gap > max(limit, 3 * score_error(judged) / (1 - judged.chance) if known else 0.0):
        return None
    told = (
        f"{score_text(judged.score, train.metric)} in eval mode and {score_text(shown, train.metric)}"
        if math.isfinite(judged.score)
        else f"a gain of {other - gap:.2f} in eval mode and {other:.2f}"
    )
    only = first_batch.path_differs if first_batch is not None else ()
    seen = f" Some layers run in one of the modes only: {', '.join(only[:5])}." if only else ""
    return Finding(
        message=f"The same training data scores {told} {where}: apart by {gap:.0%} of what lies "
        f"between chance and perfect (limit {limit:.0%}).{seen}",
        confidence=0.85 if only or train.train_in_train_mode is not None else 0.7,
        places=tuple(Place(kind="layer", name=name) for name in only[:5]),
        measured={
            "gap": gap,
            "eval_loss": judged.loss,
            "eval_score": judged.score,
            "train_mode_score": shown,
        },
        remedies=(
            *((Remedy(text=AVERAGED),) if only else ()),
            Remedy(
                text="Check BatchNorm: momentum 0.1, batches of at least 8, statistics that are updated in training."
            ),
            Remedy(
                text="Look for code that branches on self.training, and for dropout with functional calls."
            ),
        ),
    )


def _losses_apart(train: TrainEvidence, min_times: float) -> bool:
    """Return whether the loss on training data is so many times larger in eval mode than it was while training."""
    last = train.epochs[-1].train_loss if train.epochs else math.nan
    return train.train is not None and 0 < last * min_times <= train.train.loss
