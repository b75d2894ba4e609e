from cnndoctor.check import run
from cnndoctor.checks.loss.summed_loss import summed_loss
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found

SUMMED = {"first_batch.loss.half_batch_ratio": 2.0, "setup.loss.reduction": "sum"}


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(summed_loss, healthy_evidence()).finding is None


def test_fails() -> None:
    """A sum under SGD in a run that fails is a warning."""
    finding = found(summed_loss, {**SUMMED, "train": failed_train()})
    assert finding.severity == "warning"
    assert "32 times" in finding.message


def test_above_the_band() -> None:
    """An error when the rate is above the usable band."""
    finding = found(summed_loss, {**SUMMED, "train": None, "lr_range.band": (1e-5, 1e-3)})
    assert finding.severity == "error"
    assert "32 times" in finding.message


def test_adam() -> None:
    """A note under Adam."""
    finding = found(summed_loss, {**SUMMED, "train": failed_train(), "setup.optimizer.adaptive": True})
    assert finding.severity == "note"
    assert "harmless" in finding.message


def test_good() -> None:
    """A note in a run that learns well."""
    finding = found(summed_loss, SUMMED)
    assert finding.severity == "note"
    assert "harmless" in finding.message
