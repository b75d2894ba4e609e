"""Runs are compared on held-out data, and on training data only where validation tells of itself."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cnndoctor.evidence import TrainEvidence
from cnndoctor.evidence.trials import TrialsEvidence
from cnndoctor.signs.trial_gains import rescue
from cnndoctor.training.comparison import scored, split_chosen
from tests.changed import paired_trials
from tests.healthy import healthy_evaluation, healthy_train


def on_training_alone() -> TrainEvidence:
    """Return a run half-way on training data and at chance on validation."""
    return replace(
        healthy_train(),
        train=healthy_evaluation("train", 1433, 1.0, 0.4),
        validation=healthy_evaluation("validation", 364, 2.3, 0.1),
    )


def scored_apart(validation: dict[str, float], training: dict[str, float]) -> TrialsEvidence:
    """Return pairs with these scores on validation and on training data, two seeds each."""
    pairs = paired_trials({name: (score, score) for name, score in training.items()})
    trials = tuple(replace(trial, validation_score=validation[trial.name]) for trial in pairs.trials)
    return replace(pairs, trials=trials, whole_score=0.1)


SICK_BOTH = {"as-configured": 0.4, "no-dropout": 0.9, "longer": 0.4}


def test_a_change_that_brings_validation_right_is_believed() -> None:
    """Where one change takes validation half-way to perfect, validation is no fault of its own: it goes on telling."""
    brought = scored_apart({"as-configured": 0.1, "no-dropout": 0.85, "longer": 0.1}, SICK_BOTH)
    chosen = split_chosen(brought, on_training_alone())
    assert chosen is brought
    assert rescue(chosen, "no-dropout") > 0.5


@pytest.mark.parametrize(
    "validation",
    [
        {"as-configured": 0.1, "no-dropout": 0.12, "longer": 0.1},
        {"as-configured": 0.1, "no-dropout": 0.4, "longer": 0.1},
        {"as-configured": 0.1, "no-dropout": 0.12, "longer": 0.9},
    ],
    ids=["nothing", "a third of the way", "more steps alone"],
)
def test_validation_that_no_change_brings_right_tells_of_itself(validation: dict[str, float]) -> None:
    """The runs are then compared on training data, the whole run's own score there among them."""
    chosen = split_chosen(scored_apart(validation, SICK_BOTH), on_training_alone())
    assert chosen.on_training
    assert chosen.whole_score == 0.4
    assert rescue(chosen, "no-dropout") == pytest.approx(0.5 / 0.9)


def test_a_sound_validation_is_never_left_out() -> None:
    """In a run that gets as far on both splits, held-out data decide, whatever changes do on training data."""
    fair = replace(on_training_alone(), validation=healthy_evaluation("validation", 364, 1.0, 0.38))
    trials = scored_apart({"as-configured": 0.38, "no-dropout": 0.38, "longer": 0.38}, SICK_BOTH)
    assert split_chosen(trials, fair) is trials
    assert rescue(trials, "no-dropout") == 0.0


def test_runs_are_compared_on_training_data_where_validation_was_left_out() -> None:
    """What validation would say counts for nothing then, whatever a change does there."""
    left_out = replace(on_training_alone(), validation=None)
    brought = scored_apart({"as-configured": 0.1, "no-dropout": 0.85, "longer": 0.1}, SICK_BOTH)
    chosen = split_chosen(brought, left_out)
    assert chosen.on_training
    assert chosen.whole_score == 0.4


def broken_run() -> TrainEvidence:
    """Return a run that ended in NaN: it has no score."""
    nothing = healthy_evaluation("train", 1433, math.nan, math.nan)
    return replace(healthy_train(), metric="", train=nothing, validation=replace(nothing, split="validation"))


def test_a_run_that_broke_leaves_the_scores_of_those_that_hold() -> None:
    """Beside a run that ended in NaN, changes are told by how well their own runs do, not by a loss that blew up."""
    pairs = paired_trials({"lr/10": (0.3, 0.35), "standardised-inputs": (0.9, 0.95)})
    assert scored(pairs, broken_run()) is pairs
    assert rescue(pairs, "standardised-inputs") > rescue(pairs, "lr/10")
