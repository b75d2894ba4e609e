"""How far an attempt on the tiny subset came."""

from __future__ import annotations

import math

from cnndoctor.evidence.overfit import OverfitEvidence, Rung
from cnndoctor.signs.success import gain


def share_of_goal(overfit: OverfitEvidence, attempt: Rung) -> float:
    """Return how far an attempt came: 0 a constant prediction, 1 the goal; a broken one is at 0.

    Args:
        overfit: Whose metric, goal and chance the score is held against.
        attempt: One run on the subset, with whatever change.
    """
    if not attempt.finite or not math.isfinite(attempt.score):
        return 0.0
    if overfit.metric == "loss-reduction":
        return attempt.score / overfit.goal
    reached, wanted = gain(attempt.score, overfit.chance), gain(overfit.goal, overfit.chance)
    return max(0.0, reached / wanted) if math.isfinite(reached) and wanted > 0 else 0.0
