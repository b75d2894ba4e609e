"""seed-sensitive: one configuration, two seeds, opposite ends."""

from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.training.seed_sensitive import seed_sensitive
from cnndoctor.evidence.train import SeedRun
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.finding import Severity
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evaluation, healthy_train
from tests.verdicts import found


def _seed(seed: int, score: float, ended: str = "completed") -> SeedRun:
    return SeedRun(
        seed=seed,
        steps=675,
        ended=ended,
        train=healthy_evaluation("train", 364, 1.0, score),
        validation=healthy_evaluation("validation", 364, 1.0, score),
    )


def _trials(*scores: float) -> TrialsEvidence:
    return TrialsEvidence(
        reason="chance",
        chance=0.102,
        trials=tuple(
            Trial(
                name="as-configured",
                change="nothing changed",
                seed=seed,
                steps=300,
                train_loss=1.0,
                train_score=score,
            )
            for seed, score in enumerate(scores)
        ),
    )


def test_whole_runs() -> None:
    """98 % with seed 0, chance with seed 1: a warning that counts the seeds."""
    evidence = evidence_with({"train": replace(healthy_train(), other_seeds=(_seed(1, 0.1), _seed(2, 0.97)))})
    outcome = run(seed_sensitive, evidence)
    assert outcome.finding is not None
    assert (outcome.finding.severity or seed_sensitive.severity) is Severity.WARNING
    assert "with seed 0 and 0% with seed 1: 1 of 3 seeds fail" in outcome.finding.message


def test_a_seed_that_broke_has_failed() -> None:
    """A run that ended in NaN came nowhere."""
    evidence = evidence_with({"train": replace(healthy_train(), other_seeds=(_seed(1, 0.9, "not-finite"),))})
    assert run(seed_sensitive, evidence).status == "found"


def test_short_runs_after_a_failure() -> None:
    """The whole run failed, its short repetition too, and the one with the next seed learnt: found, less surely."""
    finding = found(seed_sensitive, {"train": failed_train(), "trials": _trials(0.1, 0.9)})
    assert finding.confidence < 0.9


@pytest.mark.parametrize(
    "changes",
    [
        {"train": replace(healthy_train(), other_seeds=(_seed(1, 0.95),))},
        {"train": replace(failed_train(), other_seeds=(_seed(1, 0.12),))},
        {"train": replace(failed_train(), other_seeds=(_seed(1, 0.4),))},
    ],
    ids=["both-well", "both-fail", "none-trained"],
)
def test_silent(changes: dict[str, object]) -> None:
    """Seeds that end alike, or a best seed that is no success: no word."""
    assert run(seed_sensitive, evidence_with(changes)).status == "passed"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"trials": _trials(0.1, 0.9)},
        {"train": failed_train(), "trials": _trials(0.9, 0.1)},
        {"train": failed_train(), "trials": _trials(0.1)},
    ],
    ids=["one-seed", "whole-run-succeeded", "short-run-of-the-failed-seed-succeeds", "one-trial"],
)
def test_not_applicable(changes: dict[str, object]) -> None:
    """One seed only, or short runs that contradict the whole one: nothing can be said."""
    assert run(seed_sensitive, evidence_with(changes)).status == "skipped"
