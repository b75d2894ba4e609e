from cnndoctor.check import run
from cnndoctor.checks.loss.overconfident_logits import overconfident_logits
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(overconfident_logits, healthy_evidence()).finding is None


def test_wide() -> None:
    """Scores that spread over 50 in a run that fails are told."""
    finding = found(overconfident_logits, {"first_batch.output.std": 50.0, "train": failed_train()})
    assert finding.severity == "warning"
    assert "50" in finding.message


def test_good() -> None:
    """Fine where the run learns well."""
    assert silent(overconfident_logits, {"first_batch.output.std": 50.0})
