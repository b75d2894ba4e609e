"""Promises of loss-and-metric-disagree."""

from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.loss.loss_and_metric_disagree import loss_and_metric_disagree
from cnndoctor.evidence.train import Epoch, TrainEvidence
from tests.changed import failed_train
from tests.healthy import healthy_evidence, healthy_train
from tests.verdicts import found, silent


def falling_loss(*, rise: float) -> TrainEvidence:
    """Return a run whose loss falls to 0.9 in eight epochs and whose score rises from 0.1 by this much in each."""
    return failed_train(
        epochs=tuple(
            Epoch(index=i, steps=45, lr=0.1, train_loss=2.3 - 0.2 * i, train_score=0.1 + rise * i)
            for i in range(8)
        )
    )


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(loss_and_metric_disagree, healthy_evidence()).finding is None


def test_disagree() -> None:
    """A loss that halves at chance accuracy is a warning."""
    finding = found(loss_and_metric_disagree, {"train": falling_loss(rise=0.0)})
    assert finding.severity == "warning"
    assert "accuracy" in finding.message


def test_agree() -> None:
    """A score that rises is fine."""
    assert silent(loss_and_metric_disagree, {"train": falling_loss(rise=0.05)})


def test_a_metric_of_pairs() -> None:
    """A metric that compares every output with every target is named with both values, however well the run trains."""
    train = replace(healthy_train(), metric_pairs={"hit_rate": (0.21, 0.84)})
    finding = found(loss_and_metric_disagree, {"train": train})
    assert finding.places[0].name == "metrics.hit_rate"
    assert "0.21" in finding.message
    assert "0.84" in finding.message
