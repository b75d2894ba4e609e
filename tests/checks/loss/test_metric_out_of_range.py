import pytest

from cnndoctor.check import run
from cnndoctor.checks.loss.metric_out_of_range import metric_out_of_range
from cnndoctor.evidence.train import Epoch
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(metric_out_of_range, healthy_evidence()).finding is None


def test_mismatch() -> None:
    """A metric unlike its recomputation is an error."""
    finding = found(metric_out_of_range, {"train.custom_metric_mismatch": {"accuracy": (0.3, 0.9)}})
    assert finding.severity == "error"
    assert "0.9" in finding.message


def test_impossible() -> None:
    """An accuracy of 250 is an error."""
    finding = found(
        metric_out_of_range,
        {
            "train.epochs": (
                Epoch(index=0, steps=45, lr=0.1, train_loss=1.0, metrics={"train/accuracy": 250.0}),
            )
        },
    )
    assert finding.severity == "error"
    assert "250" in finding.message


def test_percent() -> None:
    """Percentages are understood."""
    assert silent(
        metric_out_of_range,
        {
            "train.custom_metric_mismatch": {"accuracy": (90.0, 0.9)},
            "train.epochs": (
                Epoch(index=0, steps=45, lr=0.1, train_loss=1.0, metrics={"train/accuracy": 97.5}),
            ),
        },
    )


@pytest.mark.parametrize(
    ("name", "by_batch", "whole", "told"),
    [
        pytest.param("f1", 0.78, 0.92, True, id="an F1 of batches"),
        pytest.param("f1", 0.90, 0.92, False, id="about the same"),
        pytest.param("hardness", 0.2, 0.9, False, id="no share"),
        pytest.param("auc", float("nan"), 0.9, False, id="a batch without a value"),
    ],
)
def test_a_share_taken_batch_by_batch(name: str, by_batch: float, whole: float, told: bool) -> None:
    """A share that is another one of all samples at once is told with both values; what is no share may hang on batches."""
    facts = {"train.metric_batches": {name: (by_batch, whole)}}
    if not told:
        assert silent(metric_out_of_range, facts)
        return
    finding = found(metric_out_of_range, facts)
    assert "0.78" in finding.message
    assert "0.92" in finding.message
    assert finding.places[0].name == "metrics.f1"
