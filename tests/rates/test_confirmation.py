"""Paired runs around the configured rate: which are made, in what order, and which count; nothing is trained."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cnndoctor.evidence import LrRangeEvidence
from cnndoctor.evidence.lr_range import PairedRun, Sweep
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.rates import confirmation
from cnndoctor.rates.budget import PAIRED_STEPS, PATIENT_STEPS
from cnndoctor.rates.confirmation import confirm, plainly_well
from tests.small import small
from tests.stages.alone import context_of

SWEPT = Sweep(
    seed=0,
    lrs=(1e-6, 30.0),
    losses=(2.0, 9.0),
    smoothed=(2.0, 9.0),
    stopped="diverged",
    signal=20.0,
    low=1e-3,
    minimum=0.2,
    high=1.0,
)
# Well inside the band: nothing is run at the suggestion by itself.
EVIDENCE = LrRangeEvidence(
    configured=0.1,
    configured_peak=0.1,
    band=(1e-3, 1.0),
    suggestion=0.05,
    sweeps=(SWEPT, replace(SWEPT, seed=1)),
    steps=200,
)
PAIR = PairedRun(factor=1.0, lr=0.1, seed=3, steps=60, loss_start=2.0, loss_end=0.4, eval_losses=(0.5, 0.3))
SHORT, LONG = PAIRED_STEPS, PATIENT_STEPS


def confirmed(monkeypatch, ends, evidence=EVIDENCE, *, seconds=None, steps=None):
    """Confirm with runs that start at 2 and end where told, by factor; return the evidence and the runs made.

    Args:
        monkeypatch: Puts the stand-in for real runs in place.
        ends: Loss at the end by factor; any other run ends where it began.
        evidence: What the sweeps came to.
        seconds: For all runs; None for no limit.
        steps: That each run gets to; None for all.
    """
    made = []

    def paired_run(experiment, lr, *, factor, seed, count, shape, box):
        made.append((factor, count, seed - experiment.seed))
        assert lr == pytest.approx(factor * evidence.configured_peak)
        end = ends.get(factor, 2.0)
        return PairedRun(
            factor=factor,
            lr=lr,
            seed=seed,
            steps=steps or count,
            loss_start=2.0,
            loss_end=end,
            eval_end=end,
            eval_losses=(end, end + 1e-3) if math.isfinite(end) else (),
        )

    monkeypatch.setattr(confirmation, "paired_run", paired_run)
    return confirm(context_of(small()), evidence, TimeBox(seconds)), made


@pytest.mark.parametrize(("ends", "expected"), [
    ({1.0: 0.5}, [(1.0, SHORT, 0)]),  # has learnt most of what there is
    ({1.0: 1.5}, [(1.0, SHORT, 0)]),  # falls clearly, and every sweep sees it well inside its band
    ({1.0: 1.75, 0.1: 1.9, 10.0: 1.8}, [(1.0, SHORT, 0), (0.1, SHORT, 0), (10.0, SHORT, 0)]),  # it is the best
    (
        {1.0: 1.9, 0.1: 1.0, 10.0: math.nan, 0.01: 1.5},  # the lower one wins: further down, then with another seed
        [
            *((factor, SHORT, 0) for factor in (1.0, 0.1, 10.0, 0.01)),
            *((factor, LONG, 1) for factor in (0.01, 0.1, 1.0)),
        ],
    ),
    (
        {1.0: 1.9, 10.0: 1.0},  # the higher one wins
        [
            *((factor, SHORT, 0) for factor in (1.0, 0.1, 10.0, 100.0)),
            *((factor, LONG, 1) for factor in (1.0, 10.0, 100.0)),
        ],
    ),
    (
        {},  # nothing moves: longer, then a hundred times off on both sides, then a thousand times above
        [
            *((factor, SHORT, 0) for factor in (1.0, 0.1, 10.0)),
            *((factor, LONG, 0) for factor in (1.0, 0.1, 10.0, 0.01, 100.0, 1000.0)),
        ],
    ),
    (
        {100.0: 1.0},  # only a rate a hundred times as high moves: a thousand times need not be tried
        [
            *((factor, SHORT, 0) for factor in (1.0, 0.1, 10.0)),
            *((factor, LONG, 0) for factor in (1.0, 0.1, 10.0, 0.01, 100.0)),
            *((factor, LONG, 1) for factor in (1.0, 10.0, 100.0)),
        ],
    ),
])  # fmt: skip
def test_no_run_is_made_that_the_verdict_does_not_need(monkeypatch, ends, expected):
    """Each run has a reason: factor, steps and which seed, in the order they are made; all steps are counted."""
    found, made = confirmed(monkeypatch, ends)
    assert made == expected
    assert found.steps == EVIDENCE.steps + sum(count for _, count, _ in expected)
    assert {(run.factor, run.seed - small().seed) for run in found.paired} == {
        (factor, seed) for factor, _, seed in expected
    }


def test_far_outside_the_band_the_suggestion_is_run_too(monkeypatch):
    """What the rate costs is shown by a run at the suggestion, unless one was near it anyway."""
    outside = replace(EVIDENCE, configured_peak=4.0)
    _, made = confirmed(monkeypatch, {1.0: 1.7, 0.1: 1.7, 10.0: 1.7}, outside)
    assert [factor for factor, *_ in made] == [1.0, 0.1, 10.0, 0.0125]
    near = replace(outside, suggestion=0.5)
    _, made = confirmed(monkeypatch, {1.0: 1.7, 0.1: 1.7, 10.0: 1.7}, near)
    assert [factor for factor, *_ in made] == [1.0, 0.1, 10.0]


def test_runs_that_time_cut_short_do_not_count(monkeypatch):
    """They cannot be held against longer ones; one that broke tells as much in ten steps. Their steps are counted."""
    found, made = confirmed(monkeypatch, {1.0: 1.9, 10.0: math.nan}, seconds=0.0, steps=10)
    assert [factor for factor, *_ in made] == [1.0, 0.1, 10.0]
    assert [run.factor for run in found.paired] == [10.0]
    assert found.steps == EVIDENCE.steps + 30


def test_no_more_is_run_than_the_verdict_needs() -> None:
    """A run that has learnt most of what there is needs no rivals; one that has not gets them."""
    assert plainly_well(EVIDENCE, replace(PAIR, eval_end=0.4))
    assert not plainly_well(EVIDENCE, replace(PAIR, eval_end=1.95))
    assert not plainly_well(EVIDENCE, replace(PAIR, eval_end=math.nan, eval_losses=()))
    above = replace(EVIDENCE, configured_peak=2 * EVIDENCE.band[1])
    assert not plainly_well(above, replace(PAIR, eval_end=0.4))


def test_a_clear_fall_is_enough_only_well_inside_every_band() -> None:
    """Two sweeps must see the rate three times inside; one sweep, or a rate near an edge, is no reason to stop."""
    fallen = replace(PAIR, eval_end=1.5)
    assert plainly_well(EVIDENCE, fallen)
    assert not plainly_well(replace(EVIDENCE, sweeps=(SWEPT,)), fallen)
    assert not plainly_well(replace(EVIDENCE, configured_peak=0.4), fallen)
