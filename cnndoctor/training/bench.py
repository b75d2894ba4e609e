"""How long paired runs are: as many steps as fit a time box, the same for all runs of a round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from cnndoctor.context import Context
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.loop import steps
from cnndoctor.patient.changes import Change
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.signs.trial_gains import ASKED
from cnndoctor.training.rivals import LONGER

# Seconds and steps are chosen: what the runs of configs/ take on two processors without keeping a person waiting for long.
MOST_STEPS = 300
FEWEST_STEPS = 40
LEAST_SECONDS = 40.0  # time box of all trials of a short run
CONFIRMING_STEPS = 1000
CONFIRMING_SECONDS = 60.0  # likewise of the pairs that decide
HARD_SECONDS = 120.0  # after this no further trial is started, whatever was planned
TREATED_SECONDS = 75.0  # likewise beside a treatment
THOROUGH = 5  # times as long, where a thorough examination is asked for
PACED_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all trials of a round share: how long, and what they are judged on.

    Attributes:
        experiment: What is trained.
        steps: Optimizer steps of each run.
        seconds_per_step: What a step takes.
        box: After this no further run is started.
        validation_size: Samples that the watched run was judged on in validation; 0 without.
    """

    experiment: Experiment
    steps: int
    seconds_per_step: float
    box: TimeBox
    validation_size: int


def bench_for(context: Context, train: TrainEvidence, changes: Sequence[Change], reason: str) -> Bench:
    """Choose the steps so that all rivals fit the time box; halved as a whole, so that clocks hardly ever change it.

    A single rival may take as long as the pairs that decide; one that has to outdo a run that went well is as long at once.

    Args:
        context: The experiment.
        train: The watched run.
        changes: What is tried, the configured run among it.
        reason: Why they are made.
    """
    tried = len(changes) + _more_for_finer(changes)
    runs, seconds = (2 * tried, HARD_SECONDS) if reason == ASKED else (tried + 6, LEAST_SECONDS)
    longer = THOROUGH if context.effort == "thorough" else 1
    box = longer * max(seconds, train.seconds / 2)
    pace = _pace(context.experiment, train)
    most = CONFIRMING_STEPS if reason == ASKED else MOST_STEPS
    return Bench(
        experiment=context.experiment,
        steps=_fitting(min(most, train.planned_steps or most), runs * pace, box, least=FEWEST_STEPS),
        seconds_per_step=pace,
        box=TimeBox(longer * max(HARD_SECONDS, train.seconds)),
        validation_size=_validation_size(train),
    )


def as_long_as_configured(context: Context, train: TrainEvidence) -> Bench:
    """Return the bench of a single run that is as long as the configured one.

    Args:
        context: The experiment.
        train: The watched run.
    """
    return Bench(
        experiment=context.experiment,
        steps=train.planned_steps or train.steps,
        seconds_per_step=train.seconds_per_step,
        box=TimeBox(HARD_SECONDS),
        validation_size=_validation_size(train),
    )


def beside_a_treatment(bench: Bench, train: TrainEvidence) -> Bench:
    """Return the same bench with a time box of its own, which starts now.

    Args:
        bench: Of the round without a treatment.
        train: The watched run.
    """
    return replace(bench, box=TimeBox(max(TREATED_SECONDS, train.seconds)))


def long_enough_to_decide(bench: Bench, train: TrainEvidence, chosen: Sequence[Change]) -> Bench:
    """Choose the steps of the pairs that decide: the whole run's, halved until two seeds of each fit their time box.

    Args:
        bench: Of the runs that were made once.
        train: The watched run.
        chosen: What is run with two seeds.
    """
    runs = 2 * (len(chosen) + 2 * (LONGER in chosen) + _more_for_finer(chosen))
    box = max(CONFIRMING_SECONDS, train.seconds / 2)
    wanted = min(CONFIRMING_STEPS, train.planned_steps or CONFIRMING_STEPS)
    steps_each = _fitting(wanted, runs * bench.seconds_per_step, box, least=bench.steps)
    return replace(bench, steps=max(steps_each, bench.steps))


def _more_for_finer(changes: Sequence[Change]) -> int:
    """Return how many runs' time more a run takes in which a layer steps by one: twice the places along each axis."""
    return 3 * any(change.finer for change in changes)


def _validation_size(train: TrainEvidence) -> int:
    return train.validation.samples if train.validation else 0


def _fitting(wanted: int, seconds: float, box: float, *, least: int) -> int:
    """Return the steps, halved until they fit the box at so many seconds each."""
    while wanted > least and wanted * seconds > box:
        wanted //= 2
    return max(1, wanted)


def _pace(experiment: Experiment, train: TrainEvidence) -> float:
    """Return the seconds of a step while nobody else wants the processor; the watched run's own where nothing can be timed."""
    with preserved_randomness():
        session, made = experiment.fresh(), 0
        box = TimeBox()
        for step in steps(session, islice(session.train_loader, PACED_STEPS * session.accumulate)):
            if step.index == 0:  # what is set up once is no part of the pace
                box = TimeBox()
            made = step.index
    return box.spent / made if made else train.seconds_per_step
