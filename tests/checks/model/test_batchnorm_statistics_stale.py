from cnndoctor.check import run
from cnndoctor.checks.model.batchnorm_statistics_stale import batchnorm_statistics_stale
from cnndoctor.evidence.setup import Layer
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(batchnorm_statistics_stale, healthy_evidence()).finding is None


def test_momentum_zero() -> None:
    """Statistics that never move are an error."""
    outcome = run(
        batchnorm_statistics_stale,
        evidence_with(
            {
                "first_batch.batchnorm_frozen": ("features.0.1",),
                "train": failed_train(),
                "setup.layers": (
                    Layer(path="features.0.1", kind="BatchNorm2d", settings={"momentum": "0.0"}),
                ),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or batchnorm_statistics_stale.severity) == "error"
    assert "momentum is 0" in outcome.finding.message


def test_slow() -> None:
    """A momentum too small for the run is an error when batch statistics score better."""
    outcome = run(
        batchnorm_statistics_stale,
        evidence_with(
            {
                "setup.layers": (
                    Layer(path="features.0.1", kind="BatchNorm2d", settings={"momentum": "1e-05"}),
                ),
                "train.train.score": 0.2,
                "train.train.classes": (),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or batchnorm_statistics_stale.severity) == "error"
    assert "1e-05" in outcome.finding.message


def test_kept_in_eval() -> None:
    """BatchNorm kept in eval mode on purpose is fine."""
    outcome = run(
        batchnorm_statistics_stale,
        evidence_with(
            {"first_batch.batchnorm_frozen": ("features.0.1",), "setup.in_eval_on_purpose": ("features.0.1",)}
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
