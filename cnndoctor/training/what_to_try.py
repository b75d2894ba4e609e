"""What is tried after a run, and why: every rival after a bad one, after a fair one only what something seen asks for.

A thorough examination tries every rival after a fair one, too: that is for a run that learns and should do better.
"""

from __future__ import annotations

import math

from cnndoctor.context import Context
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.signs.batch_order import sorted_by_label
from cnndoctor.signs.early_strides import early_stride
from cnndoctor.signs.game import is_a_game
from cnndoctor.signs.success import NEAR_PERFECT, evaluation_gain, held_out_gain
from cnndoctor.signs.trial_gains import ASKED
from cnndoctor.training.asked import asked_changes
from cnndoctor.training.reasons import baseline_gain, is_cut, is_cut_off, reason_for
from cnndoctor.training.rivals import rivals


def why_and_what(context: Context, train: TrainEvidence) -> tuple[str, list[Change]]:
    """Return the reason for paired runs and the changes to try, the configured run first; empty where nothing asks for them.

    Args:
        context: The experiment and what the stages before saw.
        train: The run that is held against them.
    """
    reason = reason_for(train, baseline_gain(context))
    if reason != "not-finite" and is_a_game(context.so_far.gradient) and not _is_scored(train):
        return "", []  # whoever of two sides wins, a lower loss says nothing of it
    if reason:
        return reason, _rivals(context, train)
    if context.effort == "thorough" and held_out_gain(train) < NEAR_PERFECT:
        return ASKED, _rivals(context, train)
    asked = {AS_CONFIGURED.name, *asked_changes(context, train)}
    if len(asked) < 2:
        return "", []
    return ASKED, [change for change in _rivals(context, train) if change.name in asked]


def _is_scored(train: TrainEvidence) -> bool:
    """Return whether something besides the loss tells how well a run went."""
    return math.isfinite(evaluation_gain(train.train))


def _rivals(context: Context, train: TrainEvidence) -> list[Change]:
    """Return every change that makes sense for the experiment, by what was seen of it."""
    first, data, setup = context.so_far.first_batch, context.so_far.data, context.so_far.setup
    shrinking = early_stride(setup) if setup is not None else None
    return list(
        rivals(
            context.experiment,
            penalised=first is not None and bool(first.loss.penalty),
            cut=is_cut(context, train) or is_cut_off(context),
            scrambled=data.train.scrambled if data is not None else "",
            sorted_batches=data is not None and sorted_by_label(data.train.loader),
            linear_chains=first.linear_chains if first is not None else (),
            reshapes=first.reshapes if first is not None else (),
            shrinking=shrinking.path if shrinking is not None else "",
        )
    )
