"""A training loss that rises."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    GradientEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.game import NO_FLOOR_TO_REACH, is_a_game
from cnndoctor.signs.loss_course import loss_course
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import best_rescue


@check(severity=Severity.WARNING, grade="B", role="symptom", explains=("loss-oscillates",))
def loss_diverges(
    experiment: ExperimentEvidence,
    train: TrainEvidence,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    gradient: GradientEvidence | None,
    *,
    max_growth: float = 1.5,
    max_return: float = 0.8,
) -> Judgement:
    """The training loss rises.

    What it measures:
        The median loss of the last tenth of the steps against the first steps and against the lowest smoothed value. It
        diverges when it ends 1.5 times above its start, or comes back to more than 80 % of its start after it had fallen to
        less than a third. Runs that train well are left alone.
    Why it matters:
        The run loses what it had, or never had anything.
    How to fix:
        Lower the learning rate tenfold; clip gradients (``train.clip_grad_norm: 1.0``); warm the rate up; look at the loss for
        a wrong sign.
    When it is not a fault:
        Bumps after a warm restart of the learning rate; losses that may be negative or are played as a game.

    References:
        - Ben Braiek and Khomh 2023, Testing feedforward neural networks training programs, TOSEM (TheDeepChecker)
        - limits are ours, chosen; no sound run and no planted fault decides them (docs/thresholds.md)
    """
    if is_a_game(gradient):
        return NotApplicable(reason=NO_FLOOR_TO_REACH)
    course = loss_course(train)
    if course is None or course.start <= 0 or experiment.intent_negative_loss:
        return NotApplicable(reason="too few finite steps, or a loss that may be negative")
    if trained_well(train, data.baseline if data else None):
        return None
    clear = 3 * course.error
    grown = course.end > max_growth * course.start + clear
    returned = course.lowest < course.start / 3 and course.end > max_return * course.start + clear
    if not (grown or returned):
        return None
    helped = best_rescue(trials)
    remedies = (Remedy(text=f"Try {helped.change}: it helped on two seeds."),) if helped else ()
    what = f"ended at {course.end:.4g}, {course.end / course.start:.3g} times its start of {course.start:.4g}"
    back = f"had fallen from {course.start:.4g} to {course.lowest:.4g} and came back to {course.end:.4g}"
    return Finding(
        message=f"The training loss {what if grown else back} (limit {max_growth} times).",
        confidence=0.85,
        severity=Severity.ERROR if grown else None,
        measured={"start": course.start, "lowest": course.lowest, "end": course.end},
        remedies=(
            *remedies,
            Remedy(text="Lower the learning rate tenfold, or set train.clip_grad_norm: 1.0."),
        ),
    )
