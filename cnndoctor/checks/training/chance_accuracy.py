"""A score no better than a constant prediction."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.evidence.train import Evaluation
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.noise import at_chance, score_text
from cnndoctor.signs.success import evaluation_gain, gain
from cnndoctor.signs.trial_gains import best_rescue

AS_MUCH = 0.8  # of what simple models find: chosen
SIGNIFICANT = 9.0  # r2 times samples: three standard errors of a correlation, squared


@check(
    severity=Severity.WARNING, grade="B", role="symptom", explains=("per-class-failure", "stopped-too-early")
)
def chance_accuracy(
    train: TrainEvidence,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    *,
    errors: float = 3.0,
    min_gain: float = 0.05,
    min_samples: int = 30,
    learnable: float = 0.2,
) -> Judgement:
    """The score is no better than a constant prediction.

    What it measures:
        The score with the final weights, on training data and on validation, against the best constant prediction on the same
        samples, with three standard errors or 5 % of the way to perfect as the limit. It is an error when simple models
        (nearest neighbours, ridge) do clearly better on the same data, or when one of the paired runs does.
    Why it matters:
        The budget is spent and nothing was learnt.
    How to fix:
        Make it learn 32 samples by heart first; then look at the learning rate, the labels, and what lies between them.
    When it is not a fault:
        Data in which there is nothing to learn, which simple models then confirm; and a faint signal (claims, returns): where
        validation shows an r2 beyond chance and simple models find no more, it is a note.

    References:
        - Zhang et al. 2021, AUTOTRAINER: an automatic DNN training problem detection and repair system, ICSE (low accuracy)
        - limits are ours; saved runs of scripts/clinic.py hold ``errors`` and ``min_gain``, the others are chosen
          (docs/thresholds.md)
    """
    if train.ended in {"budget", "interrupted"}:
        return NotApplicable(reason=f"the run was cut short ({train.ended})")
    judged = next(
        (e for e in (train.train, train.validation) if _stuck(e, errors, min_gain, min_samples)), None
    )
    if judged is None:
        return None
    baseline = (
        gain(data.baseline.validation, data.baseline.chance) if data and data.baseline.metric else math.nan
    )
    helped = best_rescue(trials)
    other = train.train if judged is train.validation else None
    contrast = (
        f" (training data: {score_text(other.score, train.metric)})"
        if other and math.isfinite(other.score)
        else ""
    )
    simple = (
        f"; simple models reach {score_text(data.baseline.validation, train.metric)}"
        if data and baseline > learnable
        else ""
    )
    return Finding(
        message=(
            f"After {train.steps} steps the {train.metric or 'score'} on {judged.samples} {judged.split} samples is "
            f"{score_text(judged.score, train.metric)}{contrast}, "
            f"where a constant prediction gives {score_text(judged.chance, train.metric)}{simple}."
        ),
        confidence=0.9 if baseline > learnable or helped else 0.6,
        severity=_severity(known=baseline > learnable or helped is not None, faint=_is_faint(train, data)),
        measured={
            "score": judged.score,
            "chance": judged.chance,
            "baseline_gain": baseline,
            "gain": evaluation_gain(judged),
        },
        remedies=(
            *((Remedy(text=f"Try {helped.change}: it helped on two seeds."),) if helped else ()),
            Remedy(
                text="Train on 32 samples until they are known by heart; if that works, look at the data, else at the model."
            ),
        ),
    )


def _severity(*, known: bool, faint: bool) -> Severity | None:
    """Return an error where more is known to be in the data, a note where as much as is known to be there was found."""
    if known:
        return Severity.ERROR
    return Severity.NOTE if faint else None


def _is_faint(train: TrainEvidence, data: DataEvidence | None) -> bool:
    """Return whether the run found, beyond doubt, about all that simple models find of a faint signal in a regression."""
    held_out = train.validation
    if held_out is None or data is None or not train.metric == data.baseline.metric == "r2":
        return False
    known = data.baseline.validation
    return min(held_out.score, known) * held_out.samples > SIGNIFICANT and held_out.score >= AS_MUCH * known


def _stuck(judged: Evaluation | None, errors: float, min_gain: float, min_samples: int) -> bool:
    return (
        judged is not None
        and judged.samples >= min_samples
        and at_chance(judged, errors=errors, min_gain=min_gain)
    )
