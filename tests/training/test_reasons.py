"""A run is tried again for how it ended, and its validation is believed unless it tells of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.evidence import TrainEvidence
from cnndoctor.training.reasons import loses_on_validation, reason_for, validation_tells_of_itself
from tests.healthy import healthy_evaluation, healthy_train


def ended(on_train: float, held_out: float) -> TrainEvidence:
    """Return a run that ended with these scores."""
    return replace(
        healthy_train(),
        train=healthy_evaluation("train", 1433, 1.0, on_train),
        validation=healthy_evaluation("validation", 364, 1.0, held_out),
    )


@pytest.mark.parametrize(
    ("score", "baseline", "reason"),
    [
        (0.98, 0.97, ""),
        (0.12, 0.97, "chance"),
        (0.6, 0.97, "below-baseline"),
        (0.88, 0.97, "below-baseline"),
        (0.6, 0.3, ""),
        (0.4, 0.3, "slow"),
    ],
)
def test_the_reason_for_trials_is_the_score(score: float, baseline: float, reason: str) -> None:
    """Good runs give no reason; chance, less than simple models, a multiple of their error and little learnt do."""
    assert reason_for(ended(score, score), baseline) == reason


@pytest.mark.parametrize(
    ("on_train", "held_out", "told"),
    [(0.4, 0.1, True), (0.4, 0.35, False), (0.99, 0.1, False), (0.12, 0.1, False)],
)
def test_trials_are_compared_on_training_data_where_validation_tells_of_itself_alone(
    on_train: float, held_out: float, told: bool
) -> None:
    """At chance held out and half-way on what was trained on; not where training is done, or at chance as well."""
    assert validation_tells_of_itself(ended(on_train, held_out)) is told


@pytest.mark.parametrize(("held_out", "loses"), [(0.2, True), (0.38, False), (0.6, False)])
def test_a_run_loses_on_validation_by_a_tenth_of_the_way(held_out: float, loses: bool) -> None:
    """Only then are its scores there not believed."""
    assert loses_on_validation(ended(0.4, held_out)) is loses
