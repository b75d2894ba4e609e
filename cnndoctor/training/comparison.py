"""By what the runs of a round are compared: scores or losses, held-out data or training data."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.evidence.trials import TrialsEvidence
from cnndoctor.patient.changes import AS_CONFIGURED
from cnndoctor.signs.success import evaluation_gain
from cnndoctor.signs.trial_gains import rescue, scored_by_loss
from cnndoctor.training.reasons import validation_tells_of_itself
from cnndoctor.training.rivals import LONGER

HALF_WAY = 0.5  # to perfect: chosen; a flipped pose came from below a constant answer to 0.97 of it


def compared(evidence: TrialsEvidence, train: TrainEvidence) -> TrialsEvidence:
    """Return the runs with what they are compared by.

    Args:
        evidence: A round of paired runs.
        train: The watched run that it explains.
    """
    return split_chosen(scored(evidence, train), train)


def scored(evidence: TrialsEvidence, train: TrainEvidence) -> TrialsEvidence:
    """Return the runs with scores, made of their losses where the watched run has none to compare.

    Args:
        evidence: A round of paired runs.
        train: The watched run that it explains.
    """
    known = math.isfinite(evaluation_gain(train.train)) or _lost_its_score(evidence, train)
    return evidence if known else scored_by_loss(evidence, train)


def _lost_its_score(evidence: TrialsEvidence, train: TrainEvidence) -> bool:
    """Return whether the watched run has no score only because it broke; runs that hold have theirs, and need no other."""
    broke = train.train is not None and not math.isfinite(train.train.loss)
    scores = (score for one in evidence.trials for score in (one.train_score, one.validation_score))
    return broke and math.isfinite(evidence.chance) and any(map(math.isfinite, scores))


def split_chosen(evidence: TrialsEvidence, train: TrainEvidence) -> TrialsEvidence:
    """Compare the runs on training data where validation tells of itself alone, unless a change brings it right.

    Args:
        evidence: A round of paired runs, scored.
        train: The watched run that it explains; without its validation where that was left out.
    """
    left_out = train.validation is None and any(
        math.isfinite(one.validation_score) for one in evidence.trials
    )
    if not left_out and not validation_tells_of_itself(train):
        return evidence
    names = {trial.name for trial in evidence.trials} - {AS_CONFIGURED.name, LONGER.name}
    if not left_out and any(rescue(evidence, name, clearly=HALF_WAY) >= HALF_WAY for name in names):
        return evidence
    by_training = train.train.score if train.train else math.nan
    return replace(evidence, on_training=True, whole_score=by_training)
