from cnndoctor.check import run
from cnndoctor.checks.model.loss_does_not_fit_task import loss_does_not_fit_task
from cnndoctor.evidence.data import TensorFacts
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(loss_does_not_fit_task, healthy_evidence()).finding is None


def test_mse_on_class_numbers() -> None:
    """MSE on the numbers of named classes is an error."""
    outcome = run(
        loss_does_not_fit_task, evidence_with({"setup.loss.name": "MSELoss", "train": failed_train()})
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or loss_does_not_fit_task.severity) == "error"
    assert "class numbers" in outcome.finding.message


def test_mse_on_counts() -> None:
    """Whole numbers without names may be counts: a warning."""
    outcome = run(
        loss_does_not_fit_task, evidence_with({"setup.loss.name": "MSELoss", "setup.class_names": ()})
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or loss_does_not_fit_task.severity) == "warning"
    assert "class numbers" in outcome.finding.message


def test_cross_entropy_of_quantities() -> None:
    """CrossEntropyLoss of vectors that are no probabilities is an error."""
    outcome = run(
        loss_does_not_fit_task,
        evidence_with(
            {
                "data.train.targets": TensorFacts(
                    dtypes={"float32": 1433}, minimum=-2.0, maximum=3.0, std=1.0
                ),
                "first_batch.loss.target_shape": (32, 10),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or loss_does_not_fit_task.severity) == "error"
    assert "class probabilities" in outcome.finding.message


def test_mse_on_quantities() -> None:
    """MSE on quantities is right."""
    outcome = run(
        loss_does_not_fit_task,
        evidence_with(
            {
                "setup.loss.name": "MSELoss",
                "data.train.targets": TensorFacts(
                    dtypes={"float32": 1433}, minimum=-2.0, maximum=3.0, std=1.0
                ),
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
