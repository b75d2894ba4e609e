"""A flat start that passed."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import TrainEvidence
from cnndoctor.finding import Finding, NotApplicable, Remedy, Severity
from cnndoctor.signs.loss_course import loss_course, relative_drop


@check(severity=Severity.NOTE, grade="C", role="symptom")
def initial_plateau(
    train: TrainEvidence, *, max_drop: float = 0.02, min_share: float = 0.15, min_later_drop: float = 0.2
) -> Judgement:
    """The loss was flat at first and then fell.

    What it measures:
        The share of the run in which the smoothed loss stayed within 2 % of its start, in a run that later fell by a fifth or
        more. It is a note: the plateau passed.
    Why it matters:
        Deep plain networks, recurrent ones and small rates often spend their first steps finding a direction; whoever stops
        them there sees a run that does not train.
    How to fix:
        Keep going. To shorten it: normalisation layers, He initialisation, a warm-up to a higher rate, pretrained first layers.
    When it is not a fault:
        It is none by itself.

    References:
        - Wardat et al. 2022, DeepDiagnosis: automatically diagnosing faults in deep learning programs, ICSE
        - limits are ours, held by saved runs of scripts/clinic.py, but for ``min_later_drop``, chosen
          (docs/thresholds.md)
    """
    course = loss_course(train)
    if course is None:
        return NotApplicable(reason="too few finite steps")
    limit = course.start - max_drop * abs(course.start)
    flat = next((i for i, loss in enumerate(course.smoothed) if loss < limit), len(course.smoothed))
    share = flat / len(course.smoothed)
    if share < min_share or flat == len(course.smoothed) or relative_drop(course) < min_later_drop:
        return None
    step = train.loss_steps[min(flat, len(train.loss_steps) - 1)] if train.loss_steps else 0
    return Finding(
        message=f"The loss stayed within {max_drop:.0%} of its start for {step} steps ({share:.0%} of the run), then fell.",
        confidence=0.7,
        measured={"share": share, "step": step},
        remedies=(
            Remedy(text="Keep going past a flat start; normalisation layers or a warm-up shorten it."),
        ),
    )
