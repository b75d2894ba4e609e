"""Dropout so strong, or so placed, that the model cannot fit."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, OverfitEvidence, SetupEvidence, TrainEvidence, TrialsEvidence
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.attempts import share_of_goal
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import AS_CONFIGURED, best_rescue, lifts

WEAKER = Remedy(
    text="Lower p to 0.5 or less, and remove dropout after the last layer; p is the share that is dropped."
)


@check(
    severity=Severity.ERROR,
    grade="B",
    explains=(
        "regularization-blocks-fit",
        "loss-flat",
        "chance-accuracy",
        "loss-and-metric-disagree",
        "constant-predictions",
        "underfitting",
        "per-class-failure",
        "learning-rate-too-low",
        "learning-rate-too-high",
        "loss-oscillates",
        "train-eval-gap",
        "validation-better-than-train",
        "stopped-too-early",
    ),
)
def excessive_dropout(
    overfit: OverfitEvidence,
    setup: SetupEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    *,
    max_share: float = 0.7,
) -> Judgement:
    """Dropout is so strong, or sits so badly, that the model cannot fit.

    What it measures:
        Two runs on the same tiny subset: learnt by heart with dropout off, and not with dropout alone as configured, in four
        times the steps and scored with dropout silent, nor at a tenth or a hundredth of the learning rate. And paired short
        runs of the whole data after a training that went badly, or had strong dropout: without dropout, on two seeds, the run
        gets clearly further, and no other change gets it as far.
    Why it matters:
        With p = 0.9 nine of ten units are missing in every step, and dropout on the last scores removes the right answer
        itself: the gradient is mostly noise.
    How to fix:
        Use 0.1 to 0.5 before dense layers, less or none between convolutions, none after the last layer. Mind that
        ``nn.Dropout(p)`` takes the share that is dropped, not the share that is kept.
    When it is not a fault:
        When the whole run trains well all the same: dropout of 0.5 only slows learning by a factor of four or five.

    References:
        - N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014
        - the limit is ours, chosen; no run decides it (docs/thresholds.md)
    """
    if not setup.dropouts:
        return NotApplicable(reason="no dropout layers")
    strongest = max(setup.dropouts, key=lambda path: setup.dropouts[path])
    p = setup.dropouts[strongest]
    if not overfit.configured.reached or trained_well(train, data.baseline if data else None):
        # What trains, but falls short enough for paired runs to be made, may still be held back by dropout alone.
        return _freed(trials, strongest, p) if trials is not None else None
    attempt = next((part for part in overfit.parts if part.name == "with-dropout"), None)
    lower = overfit.dropout_at_lower_rate
    fits = attempt is None or attempt.reached or (lower is not None and lower.reached)
    if attempt is None or fits or share_of_goal(overfit, attempt) > max_share:
        return _freed(trials, strongest, p) if trials is not None else None
    cured = best_rescue(trials)
    if cured is not None and cured.name != "no-dropout":
        return None  # what cures the whole run better is why dropout is fatal on a few samples
    slow = attempt.falling and attempt.finite
    on_scores = _on_scores(setup)
    where = f"; it also acts on the scores themselves ({on_scores})" if on_scores else ""
    return Finding(
        message=(
            f"Dropout (p = {p:g} in {strongest}) keeps the model from learning {overfit.samples} samples: {overfit.metric} "
            f"comes to {attempt.score:.2f} in {attempt.steps} steps, without dropout to {overfit.configured.score:.2f} in "
            f"{overfit.configured.steps}{where}."
        ),
        severity=Severity.WARNING if slow or train is None else Severity.ERROR,
        confidence=0.65 if slow else 0.93 if train is not None else 0.88,
        places=tuple(Place(kind="layer", name=path) for path in (on_scores, strongest) if path),
        measured={
            "p": p,
            "score_with": attempt.score if math.isfinite(attempt.score) else None,
            "steps": attempt.steps,
        },
        remedies=(WEAKER,),
    )


def _freed(trials: TrialsEvidence, strongest: str, p: float) -> Finding | None:
    """Say that the whole training is rescued by taking dropout out, and by nothing else as much."""
    gained = lifts(trials, "no-dropout")
    if not gained:
        return None
    kept, without = (trials.of(name)[0] for name in (AS_CONFIGURED, "no-dropout"))
    return Finding(
        message=(
            f"Dropout (p = {p:g} in {strongest}) keeps the model from learning: {without.steps} steps without it come to a "
            f"score of {without.train_score:.2f} on training data, the same steps with it to {kept.train_score:.2f}."
        ),
        confidence=0.92,
        places=(Place(kind="layer", name=strongest),),
        measured={"p": p, "gained": gained, "score_with": kept.train_score, "steps": kept.steps},
        remedies=(WEAKER,),
    )


def _on_scores(setup: SetupEvidence) -> str:
    """Return the dropout layer that runs last of all layers; empty when another does."""
    called = [layer for layer in setup.layers if layer.position >= 0]
    last = max(called, key=lambda layer: layer.position, default=None)
    return last.path if last is not None and last.path in setup.dropouts else ""
