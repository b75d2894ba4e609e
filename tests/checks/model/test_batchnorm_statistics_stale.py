from dataclasses import replace

import pytest

from cnndoctor.check import run
from cnndoctor.checks.model.batchnorm_statistics_stale import batchnorm_statistics_stale
from cnndoctor.evidence.setup import Layer
from tests.changed import failed_train
from tests.healthy import healthy_evaluation, healthy_evidence, healthy_train
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(batchnorm_statistics_stale, healthy_evidence()).finding is None


def test_momentum_zero() -> None:
    """Statistics that never move are an error."""
    finding = found(
        batchnorm_statistics_stale,
        {
            "first_batch.batchnorm_frozen": ("features.0.1",),
            "train": failed_train(),
            "setup.layers": (Layer(path="features.0.1", kind="BatchNorm2d", settings={"momentum": "0.0"}),),
        },
    )
    assert finding.severity == "error"
    assert "momentum is 0" in finding.message


def test_slow() -> None:
    """A momentum too small for the run is an error when batch statistics score better."""
    finding = found(
        batchnorm_statistics_stale,
        {
            "setup.layers": (Layer(path="features.0.1", kind="BatchNorm2d", settings={"momentum": "1e-05"}),),
            "train.train.score": 0.2,
            "train.train.classes": (),
        },
    )
    assert finding.severity == "error"
    assert "1e-05" in finding.message


def test_kept_in_eval() -> None:
    """BatchNorm kept in eval mode on purpose is fine."""
    assert silent(
        batchnorm_statistics_stale,
        {"first_batch.batchnorm_frozen": ("features.0.1",), "setup.in_eval_on_purpose": ("features.0.1",)},
    )


def travelling(momentum: str, loss: float, score: float) -> dict[str, object]:
    """Return a run of 184 steps whose training data cost this much by running statistics, and 0.01 by those of the batch."""
    train = healthy_train()
    assert train.train is not None
    return {
        "setup.layers": (Layer(path="features.0.1", kind="BatchNorm2d", settings={"momentum": momentum}),),
        "train": replace(
            train,
            steps=184,
            train=replace(train.train, loss=loss, score=score, classes=()),
            train_in_train_mode=replace(train.train, loss=0.01, score=1.0, classes=()),
        ),
    }


def test_statistics_that_travel_behind_the_weights() -> None:
    """An average over half of the run is an error where the same samples cost many times more by it, and score worse."""
    finding = found(batchnorm_statistics_stale, travelling("0.01", loss=0.2, score=0.95))
    assert finding.severity == "error"
    assert "average over about 100 of the run's 184 steps" in finding.message


@pytest.mark.parametrize(
    ("momentum", "loss", "score"),
    [
        pytest.param("0.1", 0.2, 0.95, id="ten steps"),
        pytest.param("0.01", 0.03, 0.95, id="a loss about as low"),
        pytest.param("0.01", 0.2, 1.0, id="the same score"),
        pytest.param("None", 0.2, 0.95, id="a plain average"),
    ],
)
def test_statistics_that_arrive_are_silent(momentum: str, loss: float, score: float) -> None:
    """The usual momentum, a loss or a score that is as good, and plain averages are not told."""
    assert silent(batchnorm_statistics_stale, travelling(momentum, loss=loss, score=score))


def test_statistics_that_are_not_half_way_there_need_little_more() -> None:
    """At a sixth of the way a third more loss is harm enough, also where it does not cost a score."""
    finding = found(batchnorm_statistics_stale, travelling("0.001", loss=0.014, score=1.0))
    assert "have gone 17% of the way" in finding.message
    assert silent(batchnorm_statistics_stale, travelling("0.001", loss=0.012, score=1.0))


def test_statistics_of_the_last_batch_alone() -> None:
    """Keras' 0.99 taken over to torch: the last batch decides how all others are normalised."""
    finding = found(batchnorm_statistics_stale, travelling("0.99", loss=0.2, score=0.9))
    assert "are those of the last batch alone" in finding.message
    assert silent(batchnorm_statistics_stale, travelling("0.99", loss=0.2, score=1.0))


def test_weights_copied_without_their_statistics() -> None:
    """Trained weights beside the statistics of a new layer are an error, also in a body kept in eval mode on purpose."""
    facts = {
        "first_batch.batchnorm_untrained": ("body.bn1", "body.bn2"),
        "setup.in_eval_on_purpose": ("body.bn1", "body.bn2"),
    }
    finding = found(batchnorm_statistics_stale, {**facts, "train": failed_train()})
    assert finding.severity == "error"
    assert "body.bn1 (and 1 more" in finding.message
    perfect = replace(healthy_train(), validation=healthy_evaluation("validation", 364, 0.01, 0.999))
    assert silent(batchnorm_statistics_stale, {**facts, "train": perfect})
