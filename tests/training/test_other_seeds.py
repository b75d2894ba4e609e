"""Runs with other seeds: as many as asked for, each the run that its own seed would give, none in a smoke examination."""

from __future__ import annotations

from dataclasses import replace

from cnndoctor.context import Context, Effort
from cnndoctor.evidence import Evidence, ExperimentEvidence, FailuresEvidence, TrainEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.observers import Observers
from cnndoctor.stages.train import run
from tests.small import small


def _trained(experiment: Experiment, effort: Effort = "standard") -> TrainEvidence:
    evidence = Evidence(
        experiment=ExperimentEvidence(name="x", path="x", lines={}, task=str(experiment.task)),
        failures=FailuresEvidence(),
    )
    seen = run(Context(experiment=experiment, so_far=evidence, tell=Observers(), effort=effort)).evidence
    assert seen is not None
    return seen


def test_one_seed_unless_asked() -> None:
    """The standard examination trains once."""
    assert _trained(small()).other_seeds == ()


def test_each_run_is_that_of_its_seed() -> None:
    """The second seed ends where an examination of that seed alone ends."""
    experiment = small("stages.train.seeds=2")
    (other,) = _trained(experiment).other_seeds
    alone = _trained(replace(small(), seed=experiment.seed + 1))
    assert (other.seed, other.ended, other.steps) == (experiment.seed + 1, "completed", alone.steps)
    assert other.validation is not None
    assert alone.validation is not None
    assert other.validation.loss == alone.validation.loss
    assert other.validation.classes == ()


def test_a_thorough_examination_trains_twice() -> None:
    """A cheap run is made once more unasked; in a smoke examination it is not, asked or unasked."""
    assert len(_trained(small(), "thorough").other_seeds) == 1
    assert _trained(small("stages.train.seeds=3"), "smoke").other_seeds == ()
