"""What a run reaches on training data and what on validation, in words that need no explanation."""

from __future__ import annotations

import math

from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.signs.noise import score_text
from cnndoctor.signs.success import evaluation_gain


def on_both_splits(train: TrainEvidence) -> str:
    """Return the scores of both splits as half a sentence; from losses, as shares of what a perfect model gains.

    Args:
        train: The watched run; both of its splits were judged.
    """
    judged = (train.train, train.validation)
    scores = [one.score if one is not None else math.nan for one in judged]
    if all(map(math.isfinite, scores)):
        seen, unseen = (score_text(score, train.metric) for score in scores)
        return f"{train.metric} is {seen} on training data and {unseen} on validation"
    seen, unseen = (f"{evaluation_gain(one):.0%}" for one in judged)
    return f"of the loss of a constant prediction {seen} is gone on training data and {unseen} on validation"
