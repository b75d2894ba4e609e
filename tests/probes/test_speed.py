"""Timed steps: each way runs on a session of its own, and one that cannot run is left out."""

from dataclasses import replace
from time import sleep
from typing import Any

import pytest
import torch

from cnndoctor.patient.session import Session
from cnndoctor.probes.speed import AS_CONFIGURED, Variant, speeds, variants
from tests.small import small

BF16 = Variant(name="bf16", words="bf16 autocast", bf16=True)
LARGER = Variant(name="larger-batch", words="4 times the batch", batch_factor=4)


def test_each_way_is_timed() -> None:
    """As configured, under autocast, with a larger batch, with one thread: each has its time, and the threads are as before."""
    experiment = small()
    batch = next(iter(experiment.train_loader()))
    ways = (AS_CONFIGURED, BF16, LARGER, Variant(name="one-thread", words="one thread", threads=1))
    before = torch.get_num_threads()
    found = speeds(experiment.fresh, batch, ways, seconds=60.0)
    assert [one.name for one in found] == [one.name for one in ways]
    assert all(one.seconds_per_sample > 0 for one in found)
    assert torch.get_num_threads() == before


def test_ways_worth_trying() -> None:
    """An accelerator may change precision and batch, a CPU its threads, and one thread leaves nothing to try."""
    session = small().fresh()
    names = {threads: [way.name for way in variants(session, threads)] for threads in (1, 4, 16)}
    assert names == {
        1: ["as-configured"],
        4: ["as-configured", "one-thread"],
        16: ["as-configured", "one-thread", "half-the-threads"],
    }
    there = replace(session, device=torch.device("cuda"))
    assert [way.name for way in variants(there, 16)] == ["as-configured", "bf16", "larger-batch"]


def test_fewer_threads_are_used() -> None:
    """The steps of a way with fewer threads run with so many."""
    experiment, seen = small(), []

    def fresh() -> Session:
        session = experiment.fresh()
        session.model.register_forward_pre_hook(lambda *_: seen.append(torch.get_num_threads()))
        return session

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        batch = next(iter(experiment.train_loader()))
        speeds(fresh, batch, variants(experiment.fresh(), 3), seconds=60.0)
    finally:
        torch.set_num_threads(before)
    assert set(seen) == {1, 3}


def test_what_does_not_run_is_left_out() -> None:
    """A model that refuses autocast, as on a device without it, leaves the others."""
    experiment = small()

    def fresh() -> Session:
        session = experiment.fresh()

        def refuse(*_: object) -> None:
            if session.precision == "bf16":
                raise RuntimeError("no such kernel")

        session.model.register_forward_pre_hook(refuse)
        return session

    batch = next(iter(experiment.train_loader()))
    names = [one.name for one in speeds(fresh, batch, (AS_CONFIGURED, BF16, LARGER), seconds=60.0)]
    assert names == ["as-configured", "larger-batch"]


def test_slow_steps_are_given_up_at_the_next_batch() -> None:
    """Where a single step takes all of the time, no second one is made, however many a window holds."""
    experiment, made = small(), []

    def slowly(*_: object) -> None:
        made.append(1)
        sleep(0.05)

    def fresh() -> Session:
        session = experiment.fresh()
        session.accumulate = 4
        session.model.register_forward_pre_hook(slowly)
        return session

    batch = next(iter(experiment.train_loader()))
    assert speeds(fresh, batch, (AS_CONFIGURED, BF16), seconds=0.04) == ()
    assert len(made) == 1


@pytest.mark.parametrize(
    "limits", [{"seconds": -1.0}, {"seconds": 60.0, "worth": lambda seconds: seconds > 60}]
)
def test_nothing_is_measured_for_nothing(limits: dict[str, Any]) -> None:
    """Where time is over, or the whole run is not worth it, no other way is tried."""
    experiment = small()
    batch = next(iter(experiment.train_loader()))
    assert speeds(experiment.fresh, batch, (AS_CONFIGURED, BF16), **limits) == ()
