from cnndoctor.check import run
from cnndoctor.checks.gradients.nonfinite_gradients import nonfinite_gradients
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.evidence.train import FirstNonFinite
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(nonfinite_gradients, healthy_evidence()).finding is None


def test_first_batch() -> None:
    """A NaN gradient under a finite loss is an error that names where backward met it first."""
    finding = found(
        nonfinite_gradients,
        {
            "first_batch.parameters": (
                ParameterStep(name="features.0.0.weight", gradient="nonfinite"),
                ParameterStep(name="head.weight"),
            )
        },
    )
    assert finding.severity == "error"
    assert "features.0.0.weight" in finding.message


def test_later() -> None:
    """Also when it comes later."""
    finding = found(
        nonfinite_gradients,
        {
            "train": failed_train(
                nonfinite=FirstNonFinite(step=5, what="gradient", layer="head", operation="SqrtBackward0")
            )
        },
    )
    assert finding.severity == "error"
    assert "head" in finding.message


def test_scaler() -> None:
    """A GradScaler may overflow in its first steps."""
    assert silent(
        nonfinite_gradients,
        {
            "experiment.precision": "fp16",
            "first_batch.parameters": (ParameterStep(name="head.weight", gradient="nonfinite"),),
        },
    )
