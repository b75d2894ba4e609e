from cnndoctor.check import run
from cnndoctor.checks.model.loss_does_not_fit_task import loss_does_not_fit_task
from cnndoctor.evidence.data import TensorFacts
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(loss_does_not_fit_task, healthy_evidence()).finding is None


def test_mse_on_class_numbers() -> None:
    """MSE on the numbers of named classes is an error."""
    finding = found(loss_does_not_fit_task, {"setup.loss.name": "MSELoss", "train": failed_train()})
    assert finding.severity == "error"
    assert "class numbers" in finding.message


def test_mse_on_counts() -> None:
    """Whole numbers without names may be counts: a warning."""
    finding = found(loss_does_not_fit_task, {"setup.loss.name": "MSELoss", "setup.class_names": ()})
    assert finding.severity == "warning"
    assert "class numbers" in finding.message


def test_cross_entropy_of_quantities() -> None:
    """CrossEntropyLoss of vectors that are no probabilities is an error."""
    finding = found(
        loss_does_not_fit_task,
        {
            "data.train.targets": TensorFacts(dtypes={"float32": 1433}, minimum=-2.0, maximum=3.0, std=1.0),
            "first_batch.loss.target_shape": (32, 10),
        },
    )
    assert finding.severity == "error"
    assert "class probabilities" in finding.message


def test_mse_on_quantities() -> None:
    """MSE on quantities is right."""
    assert silent(
        loss_does_not_fit_task,
        {
            "setup.loss.name": "MSELoss",
            "data.train.targets": TensorFacts(dtypes={"float32": 1433}, minimum=-2.0, maximum=3.0, std=1.0),
        },
    )


def test_a_cross_entropy_without_its_second_term() -> None:
    """A loss over shares that has no gradient at target 0 lacks a term; over other outputs it wants other targets."""
    blind = {
        "first_batch.loss.untaught_target": 0.0,
        "first_batch.output.in_unit_interval": True,
        "train": failed_train(),
    }
    assert "(1 - target)" in found(loss_does_not_fit_task, blind).message
    assert silent(loss_does_not_fit_task, {**blind, "first_batch.output.in_unit_interval": False})
