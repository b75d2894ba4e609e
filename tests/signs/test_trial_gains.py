"""What paired runs prove."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.signs.trial_gains import outdoes, rescue
from tests.changed import paired_trials

BAD = (0.2, 0.25)


def test_a_rescue_holds_on_every_seed() -> None:
    """The worst seed of the change is held against the best of the configured run."""
    trials = paired_trials({"as-configured": BAD, "no-dropout": (0.9, 0.8)})
    assert rescue(trials, "no-dropout") == pytest.approx((0.8 - 0.25) / 0.9)


@pytest.mark.parametrize("runs", [(0.9,), (0.9, 0.3)], ids=["one seed", "a seed that stays bad"])
def test_one_good_seed_is_no_rescue(runs: tuple[float, ...]) -> None:
    """What is not repeated, or does not hold, proves nothing."""
    assert rescue(paired_trials({"as-configured": BAD, "no-dropout": runs}), "no-dropout") == 0.0


def test_what_cures_best_is_the_cause_and_the_rest_are_crutches() -> None:
    """Of two changes that help, only the one that helps most outdoes the others."""
    trials = paired_trials(
        {"as-configured": BAD, "no-dropout": (0.9, 0.9), "lr*10": (0.6, 0.6), "longer": (0.95, 0.95)}
    )
    assert outdoes(trials, "no-dropout") > 0.5
    assert outdoes(trials, "lr*10") == 0.0


def test_a_small_rescue_accuses_nobody() -> None:
    """A change that helps by less than a fifth of the way proves no cause."""
    assert (
        outdoes(paired_trials({"as-configured": BAD, "no-dropout": (0.36, 0.38)}, chance=0.0), "no-dropout")
        == 0.0
    )
    assert outdoes(None, "no-dropout") == 0.0


def test_where_validation_says_nothing_training_data_tell() -> None:
    """A change that cures training is a rescue although validation, broken by itself, gets worse with it."""
    both = paired_trials({"as-configured": (0.3, 0.3), "no-dropout": (0.9, 0.9)})
    broken = tuple(replace(trial, validation_score=1.0 - trial.train_score) for trial in both.trials)
    assert rescue(replace(both, trials=broken), "no-dropout") == 0.0
    assert rescue(replace(both, trials=broken, on_training=True), "no-dropout") > 0.5


@pytest.mark.parametrize(
    ("before", "cured", "rescued"),
    [(0.88, 0.975, True), (0.88, 0.92, False), (0.97, 0.99, False), (0.5, 0.68, False)],
)
def test_near_the_top_most_of_the_error_is_what_counts(before: float, cured: float, rescued: bool) -> None:
    """Of 12 % wrong answers four in five are cured; a third, 2 % of all, or 18 % of the way lower down decide nothing."""
    runs = paired_trials({"as-configured": (before, before), "he-init": (cured, cured)}, chance=0.0)
    assert bool(outdoes(runs, "he-init")) is rescued
