from cnndoctor.check import run
from cnndoctor.checks.gradients.nonfinite_gradients import nonfinite_gradients
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.evidence.train import FirstNonFinite
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(nonfinite_gradients, healthy_evidence()).finding is None


def test_first_batch() -> None:
    """A NaN gradient under a finite loss is an error that names where backward met it first."""
    outcome = run(
        nonfinite_gradients,
        evidence_with(
            {
                "first_batch.parameters": (
                    ParameterStep(name="features.0.0.weight", gradient="nonfinite"),
                    ParameterStep(name="head.weight"),
                )
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or nonfinite_gradients.severity) == "error"
    assert "features.0.0.weight" in outcome.finding.message


def test_later() -> None:
    """Also when it comes later."""
    outcome = run(
        nonfinite_gradients,
        evidence_with(
            {
                "train": failed_train(
                    nonfinite=FirstNonFinite(step=5, what="gradient", layer="head", operation="SqrtBackward0")
                )
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or nonfinite_gradients.severity) == "error"
    assert "head" in outcome.finding.message


def test_scaler() -> None:
    """A GradScaler may overflow in its first steps."""
    outcome = run(
        nonfinite_gradients,
        evidence_with(
            {
                "experiment.precision": "fp16",
                "first_batch.parameters": (ParameterStep(name="head.weight", gradient="nonfinite"),),
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
