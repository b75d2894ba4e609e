"""The overfit stage: what is learnt by heart, what is not, and which change rescues it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from io import StringIO
from itertools import count

import pytest
import torch

from cnndoctor.context import Effort
from cnndoctor.evidence import OverfitEvidence
from cnndoctor.observers import Observers
from cnndoctor.observers.progress import LogObserver
from cnndoctor.overfitting.attempt import Fit, Goal, _nearly_gone, _stuck, is_falling, moves_against
from cnndoctor.patient.task import Task
from cnndoctor.stages.overfit import run
from tests.small import node, small
from tests.stages.alone import context_of

STEPS = ("stages.overfit.max_steps=200", "stages.overfit.seconds=300")
REGRESSION = (f"data.train={node('Blobs', size=48)}", "loss={_target_: torch.nn.MSELoss}")


def overfit(*settings: str, effort: Effort = "standard") -> OverfitEvidence:
    """Run the stage on the small experiment with settings laid over it."""
    seen = run(context_of(small(*STEPS, *settings), effort=effort))
    assert not seen.failures
    assert seen.evidence is not None
    return seen.evidence


def test_a_healthy_experiment_is_learnt_and_the_ladder_left_alone():
    """It ends early, at full accuracy and a low loss."""
    found = overfit()
    assert found.configured.reached
    assert found.configured.score == 1.0
    assert found.configured.loss_end < 0.3 * found.configured.loss_start
    assert 0 <= found.configured.score_start < found.configured.score
    assert found.configured.steps < 200
    assert found.rungs == ()
    assert found.classes == 2


def test_the_same_seed_gives_the_same_evidence():
    """All but the seconds is equal to the bit."""
    assert replace(overfit(), seconds=0.0) == replace(overfit(), seconds=0.0)


def test_a_rate_far_too_high_is_rescued_by_a_lower_one():
    """The first rung that rescues names the change; a second seed confirms it."""
    found = overfit("optimizer.lr=3000")
    assert not found.configured.reached
    assert found.rescued_by
    assert found.rungs[-1].seed == found.configured.seed + 1


def test_progress_tells_which_change_of_how_many_is_tried():
    """Whoever waits for a slow ladder sees how far it has come, and how many steps the change may take."""
    log = StringIO()
    watching = Observers([LogObserver(log, clock=count(0, 60).__next__)])  # every call is due for a line
    run(replace(context_of(small(*STEPS, "optimizer.lr=3000")), tell=watching))
    assert re.search(r"lr/10 \(change 1 of 1\d\) \d+ of 200", log.getvalue())


def test_a_timid_rate_is_still_falling():
    """Slow is told apart from stuck."""
    found = overfit("optimizer.lr=3e-4", "optimizer.momentum=0.0")
    assert not found.configured.reached
    assert found.configured.falling
    assert found.rescued_by == "lr*100" or found.rescued_by.startswith(("lr", "adam"))


def test_regularisation_is_off_first_and_comes_back():
    """Dropout so strong that nothing is learnt is found by its own part."""
    found = overfit("model.dropout=0.97", "optimizer.weight_decay=1e-5", "optimizer.lr=0.05")
    assert found.configured.reached
    assert found.with_regularisation is not None
    assert {part.name for part in found.parts} <= {"with-dropout", "with-weight-decay"}
    assert any("dropout" in words for words in found.switched_off)


def test_smoke_leaves_out_everything_but_the_configured_run():
    """A quick look makes no ladder and no second run."""
    found = overfit("optimizer.lr=3000", "model.dropout=0.5", effort="smoke")
    assert found.rungs == ()
    assert found.with_regularisation is None


def test_a_loss_that_is_nan_is_not_finite_and_not_learnt():
    """NaN compares false with every limit, so finiteness is asked first."""
    found = overfit("optimizer.lr=1e30")
    assert not found.configured.finite
    assert not found.configured.reached


@pytest.mark.parametrize("name", ["plain_step", "whole_step"])
def test_custom_steps_are_scored_by_what_they_show(name):
    """A step that hides its outputs is judged by its loss."""
    found = overfit("step={_target_: parts.py:%s, _partial_: true}" % name)  # noqa: UP031 - braces of YAML
    assert found.metric in {"accuracy", "loss-reduction"}
    assert math.isfinite(found.configured.score)


def test_random_state_of_a_second_run_is_the_first_ones():
    """What was drawn before does not matter: every attempt is seeded."""
    torch.manual_seed(123)
    first = overfit()
    torch.manual_seed(456)
    assert replace(first, seconds=0.0) == replace(overfit(), seconds=0.0)


def test_goals_leave_room_where_a_task_needs_it():
    """All labels must be right; pixels and quantities need not be."""
    assert Goal(task=Task.CLASSIFICATION, reachable=0.5).score(0.1) == pytest.approx(0.495)
    assert Goal(task=Task.SEGMENTATION).score(0.9) == pytest.approx(0.98)
    assert Goal(task=Task.REGRESSION).score(0.0) == 0.95


def test_a_loss_that_leaves_out_part_of_the_targets_is_learnt_once_it_is_gone():
    """A hundredth of the first loss is learnt by heart; a tenth is not, nor is a likelihood that goes below zero."""
    assert _nearly_gone([9.5, 4.0, *[0.02] * 5])
    assert not _nearly_gone([9.5, 4.0, *[0.9] * 5])
    assert not _nearly_gone([2.0, 0.5, *[-1.0] * 5])


@pytest.mark.parametrize(
    ("attempt", "against"),
    [
        (Fit(metric="r2", chance=0.0, score_start=-0.03, score=-0.49, losses=[0.65, *[0.018] * 5]), True),
        (Fit(metric="r2", chance=0.0, score_start=-0.75, score=-45.2, losses=[2.7, *[1.24] * 5]), True),
        (Fit(metric="r2", chance=0.0, score_start=-9.0, score=-0.01, losses=[9.0, *[0.3] * 5]), False),
        (Fit(metric="r2", chance=0.0, score_start=-2.4, score=-2.37, losses=[22.7, *[20.9] * 5]), False),
        (Fit(metric="r2", chance=0.0, score_start=-0.03, score=0.71, losses=[1.08, *[0.44] * 5]), False),
        (Fit(metric="r2", chance=0.0, score_start=-0.03, score=-0.5, losses=[1.0, *[-9.0] * 5]), False),
        (Fit(metric="accuracy", chance=0.1, score_start=0.12, score=0.0, losses=[2.3, *[0.1] * 5]), False),
    ],
    ids=["a set in any order", "ranks", "collapse onto the mean", "stuck", "half-way", "no floor", "classes"],
)
def test_a_score_that_moves_against_the_loss_starts_no_ladder(attempt: Fit, *, against: bool) -> None:
    """Sets and rankings are learnt by their loss; a run that predicts the mean of huge targets is not."""
    assert moves_against(attempt) is against


def test_falling_and_resting_losses_are_told_apart():
    """A plateau and noise are at rest; an exponential on its way is not."""
    assert is_falling([2.0 * 0.99**i for i in range(200)])
    assert not is_falling([1.46] * 200)
    assert not is_falling([2.3 + 0.01 * (-1) ** i for i in range(200)])


def test_a_loss_that_creeps_down_is_no_standstill():
    """A plateau that sinks steadily is waited for; noise and a rate that does nothing are given up."""
    creeping = Fit(losses=[2.3 - 0.0002 * i for i in range(160)])
    assert not _stuck(creeping)
    assert _stuck(Fit(losses=[2.3 + 0.01 * (-1) ** i for i in range(160)]))
    assert _stuck(Fit(losses=[2.3 - 1e-7 * i for i in range(160)]))


def test_dropout_that_fails_is_tried_at_lower_rates():
    """A subset that dropout keeps from being learnt is tried again with dropout at a tenth and a hundredth of the rate."""
    found = overfit("model.dropout=0.999", "optimizer.lr=0.05")
    assert found.with_regularisation is not None
    assert found.dropout_at_lower_rate is not None
    assert not found.with_regularisation.reached
    assert found.dropout_at_lower_rate.name.startswith("with-dropout-at-lr*")
    assert found.dropout_at_lower_rate.lr < found.with_regularisation.lr
