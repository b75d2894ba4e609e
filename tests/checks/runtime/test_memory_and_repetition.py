"""Memory that climbs, and a seed that does not hold."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.catalogue import by_id
from cnndoctor.check import run
from tests.healthy import healthy_evidence, healthy_train


def test_growth_counts_over_the_planned_run() -> None:
    """A megabyte a step fills the machine in a long run; nothing is said of a flat one."""
    growing = replace(healthy_train(), memory_growth=1e6)
    assert run(by_id("memory-growth"), healthy_evidence(train=growing)).finding
    assert not run(by_id("memory-growth"), healthy_evidence()).finding


def test_two_curves_from_one_seed_are_noted() -> None:
    """A difference of a percent is no rounding."""
    other = replace(healthy_train(), repeat_difference=0.01)
    assert run(by_id("not-reproducible"), healthy_evidence(train=other)).finding
    assert not run(
        by_id("not-reproducible"), healthy_evidence(train=replace(other, repeat_difference=0.0))
    ).finding
