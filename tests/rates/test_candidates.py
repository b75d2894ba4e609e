"""The ladder of candidate rates: where it walks, where it stops, and what it makes of the runs."""

import math

import pytest

from cnndoctor.evidence.lr_range import PairedRun
from cnndoctor.rates import candidates


def a_run(level, *, start=2.0):
    """Return a run that ended at this loss."""
    return PairedRun(factor=1.0, lr=0.1, seed=0, steps=60, loss_start=start, loss_end=level)


def climbed(levels, most=5):
    """Climb a ladder whose rungs end at these losses; all others broke."""
    return candidates.climb(lambda number: a_run(levels.get(number, math.nan)), most)


@pytest.mark.parametrize(("levels", "most", "rungs"), [
    ({-1: 1.0, 0: 0.5, 1: 1.0}, 5, {-1, 0, 1}),  # the best stands between two others
    ({-1: 1.9, 0: 1.5, 1: 1.0, 2: 0.5, 3: 0.9}, 5, {-1, 0, 1, 2, 3}),  # walks up until it gets worse
    ({-3: 1.0, -2: 0.5, -1: 0.8, 0: 1.5}, 5, {-3, -2, -1, 0, 1}),  # walks down, past what broke
    ({-1: 1.9, 0: 1.5, 1: 1.0, 2: 0.5}, 3, {-1, 0, 1}),  # no more than it may
    ({-1: 1.9, 0: 1.5, 1: 1.0}, 2, set()),  # too few to say anything
    ({}, 5, {-1, 0, 1}),  # all broke: nothing to walk towards
])  # fmt: skip
def test_the_walk(levels, most, rungs):
    """Three rungs first, then on while the best one is an outermost one, never more than allowed."""
    assert set(climbed(levels, most)) == rungs


def test_equal_neighbours_leave_the_candidate():
    """Where a third and three times the rate do equally well, nothing moves."""
    assert candidates.centre(climbed({-1: 1.0, 0: 0.9, 1: 1.0})) == pytest.approx(0.0)


def test_the_answer_leans_to_what_did_well():
    """A better neighbour pulls, but not all the way; one that broke pulls the other way."""
    assert 0 < candidates.centre(climbed({-1: 1.5, 0: 0.9, 1: 0.8, 2: 1.5})) < 1
    assert -1 < candidates.centre(climbed({-1: 0.9, 0: 0.8})) < 0


@pytest.mark.parametrize("levels", [{}, {-1: 2.0, 0: 1.99, 1: 2.1}])
def test_runs_that_learn_nothing_say_nothing(levels):
    """Broken runs, and runs told apart by noise alone, give no number."""
    assert math.isnan(candidates.centre(climbed(levels)))


def test_a_loss_below_zero_has_its_share():
    """A fall of a negative loss counts as one."""
    runs = {number: a_run(-1.5, start=-1.0) for number in (-1, 0, 1)}
    assert candidates.share_fallen(runs) == pytest.approx(0.5)


def test_a_long_run_wants_less_than_a_short_one():
    """As long as the short runs: the same; longer: less, to a limit; unknown counts as long."""
    assert candidates.for_the_whole_run(60, 40) == 1.0
    assert candidates.for_the_whole_run(60, 120) == pytest.approx(2**-0.2)
    assert candidates.for_the_whole_run(60, 10**6) == candidates.for_the_whole_run(60, 0) > 0.5


def test_the_shape_of_a_schedule_is_followed():
    """Between the planned points rates are interpolated, relative to the peak; without a plan the rate is constant."""
    planned = ((0.0, 0.01), (0.1, 0.1), (1.0, 0.0))
    shares = [candidates.shape_at(planned, at) for at in (0.0, 0.05, 0.1, 0.55, 1.0)]
    assert shares == pytest.approx([0.1, 0.55, 1.0, 0.5, 0.0])
    assert candidates.shape_at((), 0.3) == candidates.shape_at(((0.0, 0.1),), 0.3) == 1.0
