"""batch-size-without-lr-scaling: a default rate, an unusual batch, and a range test that agrees with the scaling rule."""

import pytest

from cnndoctor.check import run
from cnndoctor.checks.learning_rate.batch_size_without_lr_scaling import batch_size_without_lr_scaling
from cnndoctor.evidence import Evidence
from tests.changed import evidence_with, failed_train


def _evidence(batch: int, lr: float, suggestion: float, **changes: object) -> Evidence:
    return evidence_with(
        {
            "experiment.batch_size": batch,
            "lr_range.configured_peak": lr,
            "lr_range.suggestion": suggestion,
            "train": failed_train(),
            **{name.replace("__", "."): value for name, value in changes.items()},
        }
    )


def test_large_batch() -> None:
    """2048 samples at SGD's 0.01: linear scaling from 256 says 0.08, the range test 0.12."""
    finding = run(batch_size_without_lr_scaling, _evidence(2048, 0.01, 0.12)).finding
    assert finding is not None
    assert finding.measured["scaled_lr"] == pytest.approx(0.08)
    assert finding.remedies[0].patch == {"optimizer.lr": 0.12}


def test_small_batch_of_adam() -> None:
    """Two samples at Adam's 1e-3: the square root from 32 says 0.00025."""
    evidence = _evidence(2, 1e-3, 1e-4, setup__optimizer__adaptive=True)
    finding = run(batch_size_without_lr_scaling, evidence).finding
    assert finding is not None
    assert finding.measured["scaled_lr"] == pytest.approx(0.00025)


def test_accumulation_counts() -> None:
    """Sixteen accumulated batches of 128 make one step of 2048."""
    evidence = _evidence(128, 0.01, 0.12, experiment__accumulate=16)
    assert run(batch_size_without_lr_scaling, evidence).status == "found"


@pytest.mark.parametrize(
    ("batch", "lr", "suggestion"),
    [(64, 0.01, 0.12), (2048, 0.013, 0.12), (2048, 0.01, 0.02), (2048, 0.01, 0.001), (4, 0.01, 0.03)],
    ids=["usual-batch", "tuned-rate", "near-enough", "other-direction", "other-direction-small"],
)
def test_silent(batch: int, lr: float, suggestion: float) -> None:
    """A usual batch, a rate that somebody tuned, or a range test that contradicts the rule: no word."""
    assert run(batch_size_without_lr_scaling, _evidence(batch, lr, suggestion)).status == "passed"


def test_silent_where_the_run_trains_well() -> None:
    """Whatever the rule says: it works."""
    evidence = _evidence(2048, 0.01, 0.12, train=evidence_with({}).train)
    assert run(batch_size_without_lr_scaling, evidence).status == "passed"
