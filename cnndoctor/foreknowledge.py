"""What is known before the full training: errors that make it pointless, suspicions, and whether it is cheap all the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cnndoctor.catalogue import all_checks
from cnndoctor.evidence import Evidence
from cnndoctor.finding import Severity
from cnndoctor.judge import Rules, judge
from cnndoctor.report import Cause

# A check that explains one of these is about training itself, not about how it is scored.
FAILED_TRAINING = frozenset(
    {"loss-flat", "loss-diverges", "loss-not-finite", "cannot-overfit-tiny-set", "user-code-raises"}
)
# A training this short is watched even then: it may hold a second fault, and costs less than asking for it. Chosen; of 33
# double faults of configs, trained all the same, 27 have both named (build of November 2026), and no cause was lost.
CHEAP_SECONDS = 30.0
SURE = 0.9  # an error this sure makes the full training pointless; chosen: nine in ten is what the confidences promise
SHIFT = "train-validation-shift"  # the error that is known of validation before anything is trained
SUSPECTED = 0.75  # sure enough to be treated where nothing else helps: chosen, it accuses nobody
STEP_PHASES = {"build", "move", "read", "forward", "loss", "step", "backward", "optimizer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreknowledge:
    """What is known of a run before it is trained in full.

    Attributes:
        sure: Ids of errors of high confidence that keep the run from training, best first.
        suspects: Ids of errors that may keep it from training, not surely enough to say so beforehand, best first; none
            where a sure one stands.
        validation_apart: Whether validation seems at fault by itself: its scores then say nothing about the training.
    """

    sure: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    validation_apart: bool = False


def foreknowledge(evidence: Evidence, rules: Rules, *, keep_going: bool = False) -> Foreknowledge:
    """Judge what was seen so far for what it says about the training to come.

    Args:
        evidence: What the stages before the training saw.
        rules: What config and command line say about the checks.
        keep_going: Train whatever stands: nothing is sure, nothing suspected then.
    """
    causes = judge(evidence, all_checks(), rules).causes
    errors = [cause for cause in causes if cause.severity is Severity.ERROR]
    blocking = [] if keep_going else _blocking(errors)
    sure = () if _tells_where_nan_is_born(evidence) else _as_sure_as(blocking, SURE)
    return Foreknowledge(
        sure=sure,
        suspects=() if sure else _as_sure_as(blocking, SUSPECTED, below=SURE),
        validation_apart=any(cause.check == SHIFT and cause.confidence >= SUSPECTED for cause in errors),
    )


def is_cheap(evidence: Evidence) -> bool:
    """Return whether the planned training takes no longer than half a minute, by the pace of the range test."""
    setup, lr_range = evidence.setup, evidence.lr_range
    if setup is None or lr_range is None or not (setup.planned_steps and lr_range.steps):
        return False
    return setup.planned_steps * lr_range.seconds / lr_range.steps <= CHEAP_SECONDS


def stops_everything(evidence: Evidence) -> bool:
    """Return whether what the user's code raised keeps a training step from running at all."""
    return any(f.phase.split(" ")[0] in STEP_PHASES for f in evidence.failures.failures)


def _blocking(errors: Sequence[Cause]) -> list[Cause]:
    """Return the errors that can keep a run from training: what evaluates wrongly says nothing about how the weights train."""
    blocks = {
        check.id for check in all_checks() if not FAILED_TRAINING.isdisjoint((check.id, *check.explains))
    }
    return [cause for cause in errors if cause.check in blocks]


def _tells_where_nan_is_born(evidence: Evidence) -> bool:
    """Return whether training ends in NaN at once: it costs little then, and shows where."""
    return evidence.lr_range is not None and any(
        run.factor == 1 and math.isnan(run.loss_end) for run in evidence.lr_range.paired
    )


def _as_sure_as(causes: Sequence[Cause], least: float, *, below: float = math.inf) -> tuple[str, ...]:
    """Return the ids of the causes whose confidence lies in a range."""
    return tuple(cause.check for cause in causes if least <= cause.confidence < below)
