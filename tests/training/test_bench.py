"""How long paired runs are, by what they take."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.training.bench import Bench, long_enough_to_decide
from cnndoctor.training.rivals import LONGER
from tests.healthy import healthy_train
from tests.small import small

FINER = Change(name="finer", words="a stride of 1", finer="stem.1")


def steps_of(*chosen: Change) -> int:
    """Return the steps of each run where a step takes a tenth of a second and a run was to have a thousand."""
    bench = Bench(experiment=small(), steps=40, seconds_per_step=0.1, box=TimeBox(120.0), validation_size=0)
    train = replace(healthy_train(), planned_steps=1000, seconds=10.0)
    return long_enough_to_decide(bench, train, chosen).steps


def test_what_takes_longer_leaves_fewer_steps_to_all() -> None:
    """Three times the steps, or four times the places of a picture, count as so many runs more."""
    pair = steps_of(AS_CONFIGURED, Change(name="adam", words="Adam"))
    assert steps_of(AS_CONFIGURED, LONGER) < pair
    assert steps_of(AS_CONFIGURED, FINER) < pair
