"""How well a run went, free of scale."""

import math
from dataclasses import replace

import pytest

from cnndoctor.evidence.data import SimpleBaseline
from cnndoctor.evidence.train import FirstNonFinite
from cnndoctor.signs.success import (
    errs_far_more,
    evaluation_gain,
    first_loss,
    gain,
    held_out_gain,
    loss_gone,
    trained_well,
)
from tests.changed import failed_train
from tests.healthy import healthy_evaluation, healthy_train


def test_gain_runs_from_chance_to_perfect() -> None:
    """A constant prediction gains nothing, a perfect one everything."""
    assert gain(0.1, 0.1) == 0
    assert gain(1.0, 0.1) == 1
    assert math.isnan(gain(math.nan, 0.1))
    assert math.isnan(gain(1.0, 1.0))


def test_gain_falls_back_to_losses() -> None:
    """Without a score, the loss against that of a constant prediction tells."""
    unknown = replace(healthy_evaluation("train", 100, 0.2302, 0.9), score=math.nan)
    assert evaluation_gain(unknown) == pytest.approx(0.9)
    assert math.isnan(evaluation_gain(None))


def test_healthy_run_trained_well_and_failed_one_did_not() -> None:
    """The two runs that every test starts from."""
    assert trained_well(healthy_train())
    assert not trained_well(failed_train())
    assert not trained_well(None)
    assert not trained_well(replace(healthy_train(), nonfinite=FirstNonFinite(step=3, what="loss")))


def test_held_out_falls_back_to_training_data() -> None:
    """Without validation the training data are judged."""
    assert held_out_gain(replace(healthy_train(), validation=None)) > 0.9


def test_hard_data_lower_the_bar() -> None:
    """Where simple models reach little, reaching as much counts as trained."""
    modest = healthy_evaluation("validation", 364, 2.0, 0.3)
    hard = SimpleBaseline(metric="accuracy", chance=0.1, validation=0.3)
    assert not trained_well(replace(healthy_train(), validation=modest))
    assert trained_well(replace(healthy_train(), validation=modest), hard)


@pytest.mark.parametrize(
    ("score", "samples", "far"), [(0.88, 2000, True), (0.96, 2000, False), (0.88, 20, False)]
)
def test_a_multiple_of_a_simple_models_error_is_far_behind(score: float, samples: int, far: bool) -> None:
    """88 % where neighbours have 97 % leaves four times the error; 96 % does not, and twenty samples cannot tell."""
    judged = healthy_evaluation("validation", samples, 0.4, score)
    assert errs_far_more(judged, evaluation_gain(judged), gain(0.97, 0.1)) is far


def test_what_blows_up_first_has_not_trained() -> None:
    """A triplet loss of 0.96 that a rate of 3 turns into 3e5 at once, and that ends at 40, has learnt nothing."""
    judged = replace(
        healthy_evaluation("train", 100, 40.0, 0.9), score=math.nan, chance_loss=math.nan, classes=()
    )
    run = replace(healthy_train(), losses=(0.96, 3e5, 7e5, 1e4, 34.0), train=judged, validation=None)
    assert loss_gone(run) < 0
    assert not trained_well(run)
    assert first_loss(replace(run, losses=(2.4, 2.2, 2.3))) == 2.3
