from cnndoctor.check import run
from cnndoctor.checks.model.batchnorm_statistics_stale import batchnorm_statistics_stale
from cnndoctor.evidence.setup import Layer
from tests.changed import failed_train
from tests.healthy import healthy_evidence
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
