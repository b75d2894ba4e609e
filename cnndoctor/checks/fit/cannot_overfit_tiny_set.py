"""A run that cannot learn a handful of samples by heart."""

from __future__ import annotations

import math

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import (
    DataEvidence,
    FirstBatchEvidence,
    GradientEvidence,
    OverfitEvidence,
    SetupEvidence,
    TrainEvidence,
)
from cnndoctor.evidence.overfit import Rung
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.attempts import share_of_goal
from cnndoctor.signs.game import NO_FLOOR_TO_REACH, is_a_game
from cnndoctor.signs.losses import expects
from cnndoctor.signs.success import trained_well

WITH_A_FLOOR_OF_ZERO = {"scores", "binary-scores", "log-probabilities", "probabilities"}
SQUASHED = (
    "Look for what keeps the loss from 0 although the answers are right: a softmax or sigmoid before a loss that "
    "applies its own, or one over the wrong axis."
)
HINTS = {
    "lr": "Change the learning rate; the range test suggests one.",
    "adam": "Train with Adam, or find out what needs it: input scale, initialisation, gradients that differ over depth.",
    "standardised-inputs": "Scale the inputs to mean 0 and deviation 1 per channel.",
    "standardised-targets": "Scale the targets to mean 0 and deviation 1, and scale predictions back.",
    "default-init": "Drop the own initialisation of the model: PyTorch's default learns these samples.",
    "he-init": "Initialise by He's rule: kaiming_normal_(weight, nonlinearity='relu').",
    "gradient-clipping": "Clip gradients (train.clip_grad_norm: 1.0), and look for what makes them large.",
    "fp32": "Train in full precision, or use a gradient scaler.",
}


@check(severity=Severity.ERROR, grade="A", role="symptom")
def cannot_overfit_tiny_set(  # noqa: PLR0917 - the evidence it needs
    overfit: OverfitEvidence,
    setup: SetupEvidence | None,
    first_batch: FirstBatchEvidence | None,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    gradient: GradientEvidence | None,
    *,
    min_gain: float = 0.9,
    min_reduction: float = 0.1,
    max_loss_left: float = 0.4,
) -> Judgement:
    """The run cannot learn a handful of samples by heart.

    What it measures:
        A fixed subset, stratified by class, is trained on with regularisation, schedule and augmentation off: accuracy (or
        pixel accuracy, explained variance, exact sequences) must come to its best possible value, and the loss must come down:
        softmax before cross-entropy reaches 100 % at a loss that stays high. When it fails, single changes are tried until one
        rescues it.
    Why it matters:
        A network with more weights than samples learns a few of them whatever the data. When it cannot, something in the chain
        from input to update is broken, and no longer training, tuning or data repairs that.
    How to fix:
        Follow the change that rescued it. When none did: look at labels and inputs of the batch the loss really sees, at the
        gradient of every layer, at the parameters that do not move, at outputs that do not depend on the input.
    When it is not a fault:
        A timid learning rate learns slowly; noise inside the model, a step that mixes samples, or a loss with a floor keep the
        goal out of reach: where only the loss tells, and it adds up several, this is a note. A run that trains well is not
        blamed.

    References:
        - A. Karpathy, "A recipe for training neural networks", 2019: "overfit one batch"
        - CS231n, "Neural networks part 3", sanity checks
        - limits are ours, held by saved runs of scripts/clinic.py, but for ``max_loss_left``, chosen
          (docs/thresholds.md)
    """
    if overfit.cut_short:
        return NotApplicable(reason=f"only {overfit.configured.steps} steps fitted into the time box")
    if overfit.metric == "loss-reduction" and is_a_game(gradient):
        return NotApplicable(reason=NO_FLOOR_TO_REACH)
    attempt = overfit.configured
    share = _share(overfit, attempt)
    right = attempt.reached or (share >= min_gain and overfit.metric != "loss-reduction")
    floor = right and setup is not None and _loss_stays_up(overfit, setup, max_loss_left)
    if trained_well(train, data.baseline if data else None) or (attempt.reached and not floor):
        return None
    if not floor and (share >= min_gain or (overfit.metric == "loss-reduction" and share >= min_reduction)):
        return None
    slow = attempt.falling and attempt.finite
    # The floor of a sum of several losses is unknown, and terms that work against each other hold it up: a GAN's stays near
    # where it began.
    summed = overfit.metric == "loss-reduction" and first_batch is not None and first_batch.loss.terms > 1
    return Finding(
        message=_message(overfit, floor=floor, slow=slow),
        severity=_severity(
            mild=slow or floor or share > 0.5,
            half_way=slow or (share > 0.5 and not floor),
            trained=train is not None,
        )
        if not summed
        else Severity.NOTE,
        # Below what makes a full training pointless: its trials may find the cause.
        confidence=0.5 if slow else 0.7 if floor or overfit.metric == "loss-reduction" else 0.85,
        measured={
            "score": attempt.score if math.isfinite(attempt.score) else None,
            "goal": overfit.goal,
            "steps": attempt.steps,
            "loss_start": attempt.loss_start if math.isfinite(attempt.loss_start) else None,
            "loss_end": attempt.loss_end if math.isfinite(attempt.loss_end) else None,
            "rescued_by": overfit.rescued_by,
        },
        remedies=(Remedy(text=SQUASHED) if floor else _remedy(overfit),),
    )


def _severity(*, mild: bool, half_way: bool, trained: bool) -> Severity:
    """What came half-way, or still falls, is told quietly until the full training has shown whether it matters."""
    if half_way and not trained:
        return Severity.NOTE
    return Severity.WARNING if mild else Severity.ERROR


def _share(overfit: OverfitEvidence, attempt: Rung) -> float:
    """Return how far an attempt came: 0 a constant prediction, 1 the goal; or the share of the loss that is gone."""
    share = share_of_goal(overfit, attempt)
    return share * overfit.goal if overfit.metric == "loss-reduction" else share


def _loss_stays_up(overfit: OverfitEvidence, setup: SetupEvidence, most: float) -> bool:
    """Return whether everything is right but the loss is not: only where the loss is known to reach 0."""
    attempt = overfit.configured
    known = setup.loss.known and expects(setup.loss) in WITH_A_FLOOR_OF_ZERO
    return known and not attempt.falling and attempt.loss_end - overfit.loss_floor > most * attempt.loss_start


def _message(overfit: OverfitEvidence, *, floor: bool, slow: bool) -> str:
    attempt = overfit.configured
    if floor:
        score = "All" if attempt.reached else f"{attempt.score:.0%} of the"
        return (
            f"{score} {overfit.samples} samples are right after {attempt.steps} steps, but their loss stays at "
            f"{attempt.loss_end:.3g} (from {attempt.loss_start:.3g}) instead of going to 0."
        )
    if not attempt.finite:
        fact = f"its loss was no longer finite after {attempt.steps} steps"
    elif overfit.metric == "loss-reduction":
        fact = f"its loss fell by {max(0.0, attempt.score):.0%} only in {attempt.steps} steps"
    else:
        fact = (
            f"{overfit.metric} came to {attempt.score:.2f} of {overfit.goal:.2f} in {attempt.steps} steps "
            f"(a constant prediction has {overfit.chance:.2f})"
        )
    tail = ", still falling: it learns, but slowly" if slow else ""
    rescued = next((rung for rung in overfit.rungs if rung.name == overfit.rescued_by), None)
    rescue = f"; with {rescued.change} it is learnt in {rescued.steps} steps" if rescued else ""
    tried = f"; none of {len(overfit.rungs)} changes helped" if overfit.rungs and not rescued else ""
    return f"The run does not learn {overfit.samples} training samples by heart: {fact}{tail}{rescue}{tried}."


def _remedy(overfit: OverfitEvidence) -> Remedy:
    name = overfit.rescued_by
    hint = HINTS.get(name) or HINTS.get(
        "adam" if name.startswith("adam") else "lr" if name.startswith("lr") else ""
    )
    return Remedy(
        text=hint
        or "Look at the batch as the loss sees it, and at gradient and update of every layer on it, before anything else."
    )
