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
