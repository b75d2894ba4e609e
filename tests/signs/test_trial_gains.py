"""What paired runs prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cnndoctor.evidence import TrialsEvidence
from cnndoctor.signs.trial_gains import ASKED, halving, lifts, outdoes, rescue
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


def asked_for(scores: Mapping[str, tuple[float, ...]], *, whole: float = float("nan")) -> TrialsEvidence:
    """Return pairs of changes that were asked for, after a whole run that ended with this score."""
    return replace(paired_trials(scores, chance=0.0), reason=ASKED, whole_score=whole)


HALVED = {"as-configured": (0.9, 0.91), "no-weight-decay": (0.96, 0.97)}


def test_half_of_the_error_is_a_gain_near_the_top() -> None:
    """What leaves half of the error of the better configured seed, on its worse seed, has halved it."""
    assert halving(asked_for(HALVED), "no-weight-decay") == pytest.approx(0.05)
    assert rescue(asked_for(HALVED), "no-weight-decay") == 0.0


@pytest.mark.parametrize(
    "runs",
    [
        {"as-configured": (0.9, 0.91), "no-weight-decay": (0.95, 0.97)},
        {"as-configured": (0.97, 0.975), "no-weight-decay": (0.99, 0.99)},
        {"as-configured": (0.9, 0.91), "no-weight-decay": (0.97,)},
        {"as-configured": (0.9, 0.91)},
    ],
    ids=["less than half", "within seeds", "one seed", "not tried"],
)
def test_less_than_half_of_the_error_halves_nothing(runs: Mapping[str, tuple[float, ...]]) -> None:
    """Less on either seed, a difference that two seeds make, or a single run prove nothing."""
    assert halving(asked_for(runs), "no-weight-decay") == 0.0
    assert halving(None, "no-weight-decay") == 0.0


@pytest.mark.parametrize(("whole", "proven"), [(0.9, True), (0.93, False), (0.955, False), (0.99, False)])
def test_half_of_a_short_runs_error_counts_only_where_the_whole_run_is_no_better(
    whole: float, proven: bool
) -> None:
    """Pairs shorter than the run have more to gain: what the whole run reaches by itself cures nothing."""
    assert bool(halving(asked_for(HALVED, whole=whole), "no-weight-decay")) is proven
    assert bool(lifts(asked_for(HALVED, whole=whole), "no-weight-decay")) is proven


def test_what_was_asked_for_lifts_where_it_halves_the_error() -> None:
    """Where every change was tried, a small gain accuses nobody; where only what asks was, half of the error does."""
    assert lifts(asked_for(HALVED), "no-weight-decay") == pytest.approx(0.05)
    for reason in ("slow", "below-baseline", ""):
        assert lifts(replace(asked_for(HALVED), reason=reason), "no-weight-decay") == 0.0
    assert lifts(None, "no-weight-decay") == 0.0


def test_of_two_that_were_asked_for_the_better_lifts() -> None:
    """Where another change takes more of the error away, that one is the cause."""
    runs = asked_for({**HALVED, "plain-inputs": (0.98, 0.98), "shuffled": (0.91, 0.9)})
    assert lifts(runs, "no-weight-decay") == 0.0
    assert lifts(runs, "plain-inputs") == pytest.approx(0.07)
    assert lifts(runs, "shuffled") == 0.0


def test_a_clear_gain_lifts_whatever_was_tried() -> None:
    """A change that outdoes all others does so among all changes as among those asked for."""
    for reason in ("chance", ASKED):
        trials = paired_trials({"as-configured": BAD, "shuffled": (0.9, 0.8), "lr*10": (0.5, 0.6)})
        trials = replace(trials, reason=reason)
        assert lifts(trials, "shuffled") == outdoes(trials, "shuffled") > 0.5
        assert lifts(trials, "lr*10") == 0.0


@pytest.mark.parametrize(("cured", "rescued"), [(0.95, True), (0.75, False)])
def test_on_training_data_alone_less_regularisation_must_gain_more(cured: float, rescued: bool) -> None:
    """Without dropout any run fits its training data further: that counts from 40 % of the way on, other changes sooner."""
    runs = {"as-configured": (0.5, 0.5), "no-dropout": (cured, cured), "he-init": (0.75, 0.75)}
    told = replace(paired_trials(runs), on_training=True)
    assert (rescue(told, "no-dropout") > 0) is rescued
    assert rescue(told, "he-init") > 0.2


@pytest.mark.parametrize(("other", "named"), [(0.975, True), (0.99, False)], ids=["as far", "further"])
def test_what_goes_as_far_as_the_best_outdoes_all_others(other: float, named: bool) -> None:
    """A hundredth of the way is less than seeds differ by: it decides nothing between two cures."""
    runs = {"as-configured": (0.1, 0.1), "no-penalty": (0.97, 0.97), "standardised-inputs": (other, other)}
    assert (outdoes(paired_trials(runs), "no-penalty") > 0) is named
