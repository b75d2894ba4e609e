from cnndoctor.check import run
from cnndoctor.checks.loss.loss_far_from_chance import loss_far_from_chance
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(loss_far_from_chance, healthy_evidence()).finding is None


def test_huge() -> None:
    """A first loss of 40 for ten classes is a warning in a run that fails."""
    outcome = run(
        loss_far_from_chance, evidence_with({"first_batch.loss.value": 40.0, "train": failed_train()})
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or loss_far_from_chance.severity) == "warning"
    assert "ratio" in outcome.finding.message


def test_good() -> None:
    """Fine where the run learns well."""
    outcome = run(loss_far_from_chance, evidence_with({"first_batch.loss.value": 40.0}))
    assert outcome.status in {"passed", "skipped"}, outcome


def test_weighted() -> None:
    """Class weights are not judged."""
    outcome = run(
        loss_far_from_chance,
        evidence_with(
            {"first_batch.loss.value": 40.0, "setup.loss.has_class_weights": True, "train": failed_train()}
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
