"""What sweeps over several seeds say together: which are believed, and what follows."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cnndoctor.evidence import LrRangeEvidence
from cnndoctor.evidence.lr_range import Sweep
from cnndoctor.rates.consensus import agree, believed, conclude


def a_sweep(signal: float, minimum: float = 0.1) -> Sweep:
    """Return a sweep with this signal."""
    return Sweep(
        seed=0, lrs=(0.1,), losses=(1.0,), smoothed=(1.0,), stopped="end", signal=signal, minimum=minimum
    )


@pytest.mark.parametrize(("signals", "minima", "count"), [
    ((20.0, 1.0), (0.1, 9.0), 1),  # a clear one needs no other
    ((7.2, 6.1), (0.02, 0.03), 2),  # two weak ones that saw the same
    ((7.2, 6.1), (0.02, 3.0), 0),  # two that did not
    ((5.0, 3.0), (0.02, 0.02), 0),  # as strong as noise gets
    ((7.9,), (0.02,), 0),
])  # fmt: skip
def test_two_weak_sweeps_may_be_believed_together(signals, minima, count):
    """Their signals add up in squares, where they stand at the same rates."""
    assert len(believed([a_sweep(s, m) for s, m in zip(signals, minima, strict=True)])) == count


def test_sweeps_agree_within_decades_in_minimum_and_edge() -> None:
    """Both must lie close together; an edge that was never reached is held against nobody."""
    one = a_sweep(20.0, 0.1)
    assert agree([one, a_sweep(20.0, 0.2)], 0.4)
    assert not agree([one, a_sweep(20.0, 0.3)], 0.4)
    assert not agree([replace(one, high=1.0), replace(one, high=3.0)], 0.4)
    assert agree([one, replace(one, high=3.0)], 0.4)


def test_the_conclusion_is_the_geometric_mean_of_what_is_believed() -> None:
    """Suggestions of the sweeps apart show their spread; how many were left out is said."""
    clear = [replace(a_sweep(20.0, minimum), low=minimum / 100) for minimum in (0.1, 0.4)]
    evidence = LrRangeEvidence(configured=0.1, configured_peak=0.1, sweeps=(*clear, a_sweep(1.0)))
    found = conclude(evidence, clear)
    assert found.suggestion_low == pytest.approx(0.02)
    assert found.suggestion_high == pytest.approx(0.08)
    assert found.suggestion == pytest.approx(0.04)
    assert found.band == pytest.approx((0.002, 0.1))  # open above: up to the last rate swept
    assert "1 of 3 sweeps showed no signal" in found.rule
    assert "over 2 seeds" in found.rule


@pytest.mark.parametrize(("losses", "why"), [
    ((), "gave no batch"), ((math.nan,) * 30, "not finite from the first step"), ((1.0,) * 19, "ended after 19 steps"),
    ((1.0,) * 20, "did not fall clearly"),
])  # fmt: skip
def test_a_refusal_says_why(losses, why) -> None:
    """No batch, no finite loss, too few steps, no fall: each is told apart."""
    one = replace(a_sweep(0.0), losses=losses)
    found = conclude(LrRangeEvidence(configured=0.1, configured_peak=0.1, sweeps=(one,)), [])
    assert math.isnan(found.suggestion)
    assert why in found.refusal
