from cnndoctor.check import run
from cnndoctor.checks.model.batchnorm_small_batch import batchnorm_small_batch
from tests.changed import failed_train
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(batchnorm_small_batch, healthy_evidence()).finding is None


def test_two_samples() -> None:
    """Two samples in a run that fails are a warning."""
    finding = found(batchnorm_small_batch, {"first_batch.batch_size": 2, "train": failed_train()})
    assert finding.severity == "warning"
    assert "2 samples" in finding.message


def test_confirmed() -> None:
    """An error when batch statistics score better."""
    finding = found(
        batchnorm_small_batch,
        {
            "first_batch.batch_size": 2,
            "train": failed_train(train_in_train_mode=healthy_evaluation("train", 1433, 0.1, 0.9)),
        },
    )
    assert finding.severity == "error"
    assert "better" in finding.message


def test_two_samples_that_learn() -> None:
    """Fine where the run learns well."""
    assert silent(batchnorm_small_batch, {"first_batch.batch_size": 2})
