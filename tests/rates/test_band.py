"""Promises of reading a sweep, held against slow and obvious versions of themselves."""

import json
import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest

from cnndoctor.evidence.lr_range import Sweep
from cnndoctor.rates import band
from tests.healthy import healthy_lr_range


def a_sweep(steps=200, *, fall=0.5, noise=0.02, start=2.3, valley=0.7, edge=0.85, seed=0):
    """Return rates and losses: flat, falling to a valley, climbing beyond an edge."""
    rng = random.Random(seed)
    lrs = band.spaced(1e-6, 30.0, steps)
    losses = []
    for i in range(steps):
        x = i / (steps - 1)
        down = fall * start * min(1.0, max(0.0, (x - 0.5) / (valley - 0.5)))
        up = 0.0 if x < edge else 60 * (x - edge)
        losses.append(start - down + up + rng.gauss(0, noise))
    return lrs, losses


def slow_smooth(losses, sigma):
    """Weigh every point against every other, without cutting the window."""
    out = []
    for i in range(len(losses)):
        weights = [math.exp(-0.5 * ((i - j) / sigma) ** 2) for j in range(len(losses))]
        out.append(sum(w * x for w, x in zip(weights, losses, strict=True)) / sum(weights))
    return out


def test_smoothing_is_the_gaussian_mean():
    """Smoothing equals the plain weighted mean over all points, up to the tail beyond three widths."""
    _, losses = a_sweep(noise=0.3)
    for fast, slow in zip(band.smooth(losses), slow_smooth(losses, 6.0), strict=True):
        assert fast == pytest.approx(slow, abs=0.02)


def test_smoothing_does_not_shift_a_minimum():
    """A symmetric dip keeps its place, unlike under a running mean that lags."""
    losses = [2.0 - math.exp(-(((i - 120) / 12) ** 2)) for i in range(200)]
    smoothed = band.smooth(losses)
    assert min(range(200), key=smoothed.__getitem__) == 120


def test_smoothing_steps_over_nan():
    """A loss that is not finite takes no part; its neighbours fill the place."""
    smoothed = band.smooth([1.0, 1.0, math.nan, 1.0, math.inf, 1.0], 1.5)
    assert smoothed == pytest.approx((1.0,) * 6)


def test_rates_are_evenly_spaced_in_log():
    """Every step multiplies the rate by the same factor, ends included."""
    lrs = band.spaced(1e-6, 30.0, 50)
    assert (lrs[0], lrs[-1]) == pytest.approx((1e-6, 30.0))
    assert all(b / a == pytest.approx(lrs[1] / lrs[0]) for a, b in pairwise(lrs))


def test_a_clear_sweep_has_its_band_in_order():
    """Low, minimum and edge stand in order and near where they were put."""
    lrs, losses = a_sweep()
    reading = band.read(lrs, losses)
    assert reading.clear
    assert reading.low < reading.minimum < reading.high
    assert lrs[95] < reading.low < lrs[125]
    assert lrs[160] < reading.high < lrs[178]


@pytest.mark.parametrize("seed", range(20))
def test_noise_alone_is_refused(seed):
    """A flat noisy curve has no signal, whatever its accidents: the finders that answer all the same are why."""
    lrs, losses = a_sweep(fall=0.0, noise=0.2, edge=2.0, seed=seed)
    reading = band.read(lrs, losses)
    assert not reading.clear
    assert math.isnan(band.suggest(reading)[0])


def test_an_early_dip_is_not_the_low_edge():
    """A dip among tiny rates does not begin the band: the loss must stay down from there to its minimum."""
    lrs, losses = a_sweep()
    losses[30:36] = [0.9] * 6
    assert band.read(lrs, losses).low > lrs[90]


def test_a_flat_line_is_refused():
    """Equal losses have no noise and no fall."""
    assert not band.read(band.spaced(1e-6, 1.0, 100), [2.3] * 100).clear


def test_nan_from_the_first_step_is_refused():
    """Losses that are never finite give no signal and no crash."""
    assert band.read(band.spaced(1e-6, 1.0, 50), [math.nan] * 50).signal == 0.0


def test_a_break_is_an_edge():
    """Where the loss turns into NaN the band ends, though it never climbed."""
    lrs, losses = a_sweep(edge=2.0)
    assert math.isnan(band.read(lrs, losses).high)
    assert band.read(lrs[:170], losses[:170], broke=True).high == lrs[169]


@pytest.mark.parametrize(("peak", "open_end", "expected"), [
    (False, False, math.sqrt(1.0 / 5 * 4.0 / 10)), (True, False, 1.0), (False, True, 0.2), (True, True, 1 / 3),
])  # fmt: skip
def test_the_rule_depends_on_the_schedule(peak, open_end, expected):
    """A constant rate is suggested with more care than the peak of a schedule; the rule is named."""
    reading = band.Reading(
        smoothed=(), signal=50.0, low=0.01, minimum=1.0, high=math.nan if open_end else 4.0
    )
    value, rule = band.suggest(reading, peak=peak)
    assert value == pytest.approx(expected)
    assert rule


def test_divergence_needs_more_than_one_bad_batch():
    """One spike does not end a sweep; three losses in a row do."""
    calm = [2.3] * 20
    assert not band.has_diverged([*calm, 50.0, 2.3, 2.3])
    assert band.has_diverged([*calm, 50.0, 60.0, 70.0])


def test_divergence_of_a_negative_loss_is_judged_by_its_range():
    """Four times a negative loss means nothing; a climb of three times its fall does."""
    falling = [-1.0 - 0.1 * i for i in range(20)]
    assert not band.has_diverged(falling)
    assert band.has_diverged([*falling, 20.0, 20.0, 20.0])


def test_death_to_chance_is_a_collapse():
    """A net that learnt and fell back to its start has collapsed, though it is far from four times the start."""
    learnt = [2.3] * 12 + [2.3 - 0.05 * i for i in range(20)]
    assert not band.has_collapsed(learnt)
    assert band.has_collapsed([*learnt, *[2.35] * 15])


@pytest.mark.parametrize("seed", range(20))
def test_noise_of_small_batches_is_no_collapse(seed):
    """A loss that wanders by a third from batch to batch has neither learnt nor died, however long one looks."""
    generator = random.Random(seed)
    noisy = [1.2 * math.exp(0.35 * generator.gauss(0, 1)) for _ in range(200)]
    assert not any(band.has_collapsed(noisy[:count]) for count in range(20, 200, 10))


def test_the_summary_is_plain_json():
    """lr_range.json has suggestion, band, configured, rule and curve, and None where there is no number."""
    broken = Sweep(
        seed=9, lrs=(1e-3,), losses=(math.nan,), smoothed=(math.nan,), stopped="not-finite", signal=0.0
    )
    evidence = replace(healthy_lr_range(), suggestion=math.nan, sweeps=(broken,))
    told = json.loads(json.dumps(band.summary(evidence), allow_nan=False))
    assert {"suggestion", "band", "configured", "rule", "curve"} <= set(told)
    assert told["suggestion"] is None
    assert told["curve"][0]["loss"] == [None]
