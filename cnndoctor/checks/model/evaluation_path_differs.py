"""A model that computes something else in eval mode than it was trained to."""

from __future__ import annotations

import math

from cnndoctor.check import check
from cnndoctor.evidence import DataEvidence, FirstBatchEvidence, TrainEvidence
from cnndoctor.finding import Finding, Place, Remedy, Severity
from cnndoctor.signs.effects import EVALUATES_WRONGLY
from cnndoctor.signs.success import held_out_gain, trained_well


@check(severity="error", grade="A", explains=EVALUATES_WRONGLY)
def evaluation_path_differs(
    first_batch: FirstBatchEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    *,
    max_difference: float = 0.01,
    very_good: float = 0.9,
    max_lost: float = 0.05,
) -> Finding | None:
    """The model computes something else in eval mode than in training mode.

    What it measures:
        The difference of the outputs in both modes with dropout off and batch statistics shared, relative to the
        output's scale; and the layers that run in one of the modes only.
    Why it matters:
        What is evaluated is not what was trained: a branch behind ``if self.training``, a layer left out, a scale
        applied once.
    How to fix:
        Compute the same in both modes; leave only dropout, noise and statistics to ``self.training``.
    When it is not a fault:
        Auxiliary heads that only training uses leave the main output alike and are not reported. Probabilities in
        eval mode (a softmax behind ``if not self.training``) change the loss but not the prediction: a note when the
        run does well. Likewise where a step trains on purpose what it does not evaluate (weights moved uphill, added
        noise), and a run that learnt scores and loses the same in both modes.

    References:
        - torch.nn.Module.train
        - limits are ours, chosen; no run decides them (docs/thresholds.md)
    """
    difference = first_batch.train_eval_difference
    if (
        not math.isfinite(difference)
        or difference <= max_difference
        or first_batch.eval_noise > max_difference
    ):
        return None
    only = first_batch.path_differs
    where = f"; {', '.join(only[:3])} run in one mode only" if only else ""
    good = train is not None and (
        (trained_well(train) and held_out_gain(train) > very_good)
        or (trained_well(train, data.baseline if data else None) and _same_in_both(train, max_lost))
    )
    return Finding(
        message=(
            f"With dropout off and the same batch statistics, outputs in eval mode differ from those in training mode by "
            f"{difference:.2g} of their scale (limit {max_difference:g}){where}."
        ),
        confidence=0.6 if good else 0.9,
        severity=Severity.NOTE if good else None,
        places=tuple(Place(kind="layer", name=name) for name in only[:5]),
        measured={"difference": difference},
        remedies=(Remedy(text="Compute the same in both modes: look for if self.training in forward."),),
    )


def _same_in_both(train: TrainEvidence, max_lost: float) -> bool:
    """Return whether the last epoch, in training mode, did no better than the trained model does in eval mode on training data.

    Of planted paths that differ the best lost half of its accuracy in eval mode.
    """
    if train.train is None or not train.epochs:
        return False
    last = train.epochs[-1]
    as_good = train.train.score >= last.train_score - max_lost
    return as_good and train.train.loss - last.train_loss <= max_lost * abs(last.train_loss)
