"""What is tried after a run, and why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.context import Context, Effort
from cnndoctor.observers import Observers
from cnndoctor.signs.trial_gains import ASKED
from cnndoctor.training.what_to_try import why_and_what
from tests.changed import evidence_with
from tests.healthy import healthy_evaluation, healthy_train
from tests.small import small


@pytest.mark.parametrize(
    ("effort", "score", "least", "most"),
    [("standard", 0.9, 0, 0), ("thorough", 0.9, 8, 99), ("thorough", 0.995, 0, 0)],
    ids=["standard", "thorough", "nothing left to gain"],
)
def test_a_thorough_examination_tries_everything_after_a_fair_run(
    effort: Effort, score: float, least: int, most: int
) -> None:
    """Where nothing asks for a change, a standard one tries none, and a thorough one all while something is left to gain."""
    context = Context(
        experiment=small(),
        so_far=evidence_with({"data.train.random_reads": 0.0, "data.baseline.validation": 0.8}),
        tell=Observers(),
        effort=effort,
    )
    judged = healthy_evaluation("validation", 364, 0.3, score)
    train = replace(healthy_train(), train=healthy_evaluation("train", 1433, 0.2, score), validation=judged)
    reason, changes = why_and_what(context, train)
    assert reason == (ASKED if least else "")
    assert least <= len(changes) <= most
