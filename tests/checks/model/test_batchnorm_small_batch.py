from cnndoctor.check import run
from cnndoctor.checks.model.batchnorm_small_batch import batchnorm_small_batch
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evaluation, healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(batchnorm_small_batch, healthy_evidence()).finding is None


def test_two_samples() -> None:
    """Two samples in a run that fails are a warning."""
    outcome = run(
        batchnorm_small_batch, evidence_with({"first_batch.batch_size": 2, "train": failed_train()})
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or batchnorm_small_batch.severity) == "warning"
    assert "2 samples" in outcome.finding.message


def test_confirmed() -> None:
    """An error when batch statistics score better."""
    outcome = run(
        batchnorm_small_batch,
        evidence_with(
            {
                "first_batch.batch_size": 2,
                "train": failed_train(train_in_train_mode=healthy_evaluation("train", 1433, 0.1, 0.9)),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or batchnorm_small_batch.severity) == "error"
    assert "better" in outcome.finding.message


def test_two_samples_that_learn() -> None:
    """Fine where the run learns well."""
    outcome = run(batchnorm_small_batch, evidence_with({"first_batch.batch_size": 2}))
    assert outcome.status in {"passed", "skipped"}, outcome
