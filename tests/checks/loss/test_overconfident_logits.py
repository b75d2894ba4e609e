from cnndoctor.check import run
from cnndoctor.checks.loss.overconfident_logits import overconfident_logits
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(overconfident_logits, healthy_evidence()).finding is None


def test_wide() -> None:
    """Scores that spread over 50 in a run that fails are told."""
    outcome = run(
        overconfident_logits, evidence_with({"first_batch.output.std": 50.0, "train": failed_train()})
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or overconfident_logits.severity) == "warning"
    assert "50" in outcome.finding.message


def test_good() -> None:
    """Fine where the run learns well."""
    outcome = run(overconfident_logits, evidence_with({"first_batch.output.std": 50.0}))
    assert outcome.status in {"passed", "skipped"}, outcome
