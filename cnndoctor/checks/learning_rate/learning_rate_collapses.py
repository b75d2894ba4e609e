"""A schedule that drives the learning rate to nothing long before training is over."""

from __future__ import annotations

from cnndoctor.check import Judgement, check
from cnndoctor.evidence import (
    DataEvidence,
    ExperimentEvidence,
    SetupEvidence,
    TrainEvidence,
    TrialsEvidence,
)
from cnndoctor.finding import Finding, NotApplicable, Place, Remedy, Severity
from cnndoctor.signs.schedules import COLLAPSED, collapse
from cnndoctor.signs.success import trained_well
from cnndoctor.signs.trial_gains import halving


@check(
    severity=Severity.ERROR,
    grade="A",
    explains=(
        "loss-flat",
        "initial-plateau",
        "chance-accuracy",
        "constant-predictions",
        "underfitting",
        "per-class-failure",
        "update-too-small",
        "stopped-too-early",
        "parameters-not-updating",
        "loss-and-metric-disagree",
    ),
)
def learning_rate_collapses(
    experiment: ExperimentEvidence,
    setup: SetupEvidence,
    train: TrainEvidence | None,
    data: DataEvidence | None,
    trials: TrialsEvidence | None,
    *,
    collapsed: float = COLLAPSED,
    max_progress: float = 0.5,
) -> Judgement:
    """The schedule drives the learning rate to nothing long before training is over.

    What it measures:
        The planned rate over the whole run, found by stepping the schedule on a throw-away optimizer: whether it falls below
        1 % of its peak before half of the run and stays there. A run that trains well all the same is blamed only where
        paired runs at a constant rate leave half of its error, on two seeds.
    Why it matters:
        With next to no rate left nothing more is learnt, however many epochs follow. The usual reason is a schedule that counts
        epochs but is stepped after every batch, or a decay factor meant for a few milestones applied every epoch.
    How to fix:
        Step the schedule once an epoch (``interval: epoch``), or count its periods in steps; let its length match the run;
        choose gamma so that gamma to the power of the number of steps leaves what you want at the end.
    When it is not a fault:
        Warm-up starts near zero, restarts return from it, and an annealing schedule ends there.

    References:
        - torch.optim: "How to adjust learning rate": scheduler.step() once an epoch unless the schedule says otherwise
        - limits are ours; saved runs of scripts/clinic.py hold ``max_progress``, the other is chosen
          (docs/thresholds.md)
    """
    if not setup.planned_lr:
        return NotApplicable(reason="no schedule that can be planned ahead")
    start = collapse(setup.planned_lr, collapsed)
    if start is None or start >= max_progress:
        return None
    well = trained_well(train, data.baseline if data else None)
    gained = halving(trials, "no-schedule")
    if well and not gained:
        return None
    peak, last = max(lr for _, lr in setup.planned_lr), setup.planned_lr[-1][1]
    step = round(start * setup.planned_steps)
    return Finding(
        message=(
            f"{setup.scheduler or 'The schedule'} takes the learning rate from {peak:.3g} below {collapsed * peak:.2g} after "
            f"{start:.0%} of the run (step {step} of {setup.planned_steps}) and ends at {last:.2g}: the rest of the training "
            f"changes next to nothing."
            + (
                f" At a constant rate the same run gets {gained:.0%} of the way to perfect further."
                if gained
                else ""
            )
        ),
        confidence=_confidence(start, step, train),
        severity=_severity(start, max_progress, train, well=well),
        places=tuple(Place(kind="key", name=name) for name in _keys(experiment)),
        measured={
            "peak_lr": peak,
            "final_lr": last,
            "progress": round(start, 4),
            "step": step,
            "steps": setup.planned_steps,
            **({"gained at a constant rate": gained} if gained else {}),
        },
        remedies=_remedies(experiment, setup),
    )


def _severity(start: float, max_progress: float, train: TrainEvidence | None, *, well: bool) -> Severity:
    sure = train is not None or start < max_progress / 2
    return Severity.ERROR if sure and not well else Severity.WARNING


def _confidence(start: float, step: int, train: TrainEvidence | None) -> float:
    """Before the training has shown it, only a collapse within a handful of steps is sure to ruin it."""
    if train is not None:
        return 0.97 if start < 0.25 else 0.9
    return 0.95 if step < 10 else 0.85


def _keys(experiment: ExperimentEvidence) -> tuple[str, ...]:
    return ("scheduler.interval", "scheduler") if experiment.scheduler_interval == "step" else ("scheduler",)


def _remedies(experiment: ExperimentEvidence, setup: SetupEvidence) -> tuple[Remedy, ...]:
    stretch = Remedy(text="Let the schedule's length and factor match the run, or drop the schedule.")
    if experiment.scheduler_interval != "step" or setup.steps_per_epoch <= 1:
        return (stretch,)
    per_epoch = Remedy(
        text=(
            "Step the schedule once an epoch instead of after every optimizer step, or multiply its periods by "
            f"{setup.steps_per_epoch}, the steps of an epoch."
        ),
        patch={"scheduler.interval": "epoch"},
    )
    return (per_epoch, stretch)
