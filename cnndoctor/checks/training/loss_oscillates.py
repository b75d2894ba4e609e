"""A training loss that swings more than it falls."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import DataEvidence, GradientEvidence, TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.game import NO_FLOOR_TO_REACH, is_a_game
from cnndoctor.signs.loss_course import loss_course
from cnndoctor.signs.success import trained_well


@check(severity=Severity.WARNING, grade="C", role="symptom")
def loss_oscillates(
    train: TrainEvidence,
    data: DataEvidence | None,
    gradient: GradientEvidence | None,
    *,
    max_swing: float = 1.0,
    min_points: int = 50,
) -> Judgement:
    """The training loss swings more than it falls.

    What it measures:
        The standard deviation of the loss around its smoothed curve over the second half of the run, against the whole drop
        from start to end. Batch noise alone is no fault, so this is only ever a hint, and never said of a run that trains well.
    Why it matters:
        Each update undoes part of the last one.
    How to fix:
        Lower the learning rate, let it decay, use larger batches, clip gradients.
    When it is not a fault:
        Small batches, warm restarts, and losses near their floor.

    References:
        - Zhang et al. 2021, AUTOTRAINER: an automatic DNN training problem detection and repair system, ICSE
        - limits are ours, held by saved runs of scripts/clinic.py (docs/thresholds.md)
    """
    if is_a_game(gradient):
        return NotApplicable(reason=NO_FLOOR_TO_REACH)
    course = loss_course(train)
    if course is None or len(course.smoothed) < min_points:
        return NotApplicable(reason=f"fewer than {min_points} finite steps")
    drop = course.start - course.end
    if trained_well(train, data.baseline if data else None) or course.noise <= max_swing * max(
        drop, 0.1 * abs(course.start)
    ):
        return None
    return Finding(
        message=(
            f"The training loss swings by {course.noise:.3g} from step to step while it fell by {drop:.3g} in all "
            f"(limit {max_swing:g} times the drop)."
        ),
        confidence=0.45,
        measured={"swing": course.noise, "drop": drop},
        remedies=(Remedy(text="Lower the learning rate threefold, or use larger batches."),),
    )
