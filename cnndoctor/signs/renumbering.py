"""Whether another numbering of the classes explains what validation says of a network, or of a simple model."""

from __future__ import annotations

import math

from cnndoctor.evidence import DataEvidence, TrainEvidence
from cnndoctor.signs.success import evaluation_gain, gain

LEARNABLE = 0.3  # gain inside a split from which there is a rule to be renumbered: chosen
CLEARLY_BETTER = 0.3  # gain by renumbering that chance does not give: 10 classes, 100 samples give 0.1
REMAINS = 0.6  # of the gain within training that renumbered validation must reach


def is_renumbered(data: DataEvidence | None, train: TrainEvidence | None) -> bool:
    """Return whether renumbered classes explain validation far better than the classes as they are numbered.

    Args:
        data: What the data stage saw; None where it saw nothing.
        train: The watched run; None when it did not run.
    """
    if data is None:
        return False
    score, renumbered, chance = by_renumbering(data, train)
    return gain(renumbered, chance) - gain(score, chance) > CLEARLY_BETTER


def by_renumbering(data: DataEvidence, train: TrainEvidence | None) -> tuple[float, float, float]:
    """Return (score, score under the best renumbering, chance) of the network, or of the simple model; NaN where none learns.

    Args:
        data: What the data stage saw.
        train: The watched run; None when it did not run.
    """
    judged = train.validation if train is not None else None
    learnt = train is not None and evaluation_gain(train.train) > LEARNABLE
    if judged is not None and learnt and math.isfinite(judged.permuted_score):
        return judged.score, judged.permuted_score, judged.chance
    baseline = data.baseline
    inside = gain(baseline.train, baseline.chance)
    if inside > LEARNABLE and gain(baseline.validation_permuted, baseline.chance) > REMAINS * inside:
        return baseline.validation, baseline.validation_permuted, baseline.chance
    return math.nan, math.nan, math.nan
