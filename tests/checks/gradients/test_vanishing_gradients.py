from cnndoctor.check import run
from cnndoctor.checks.gradients.vanishing_gradients import vanishing_gradients
from cnndoctor.evidence.first_batch import LayerSignal, ParameterStep
from cnndoctor.evidence.setup import Parameter
from tests.changed import failed_overfit, failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(vanishing_gradients, healthy_evidence()).finding is None


def test_vanishing() -> None:
    """A gradient that shrinks over depth where nothing is learnt is an error."""
    finding = found(
        vanishing_gradients,
        {
            "setup.parameters": tuple(
                Parameter(
                    name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=0.07
                )
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=1.0) for i in range(12)
            ),
            "train": failed_train(),
            "overfit": failed_overfit(),
        },
    )
    assert finding.severity == "error"
    assert "0.weight" in finding.message


def test_unconfirmed() -> None:
    """A warning before that."""
    finding = found(
        vanishing_gradients,
        {
            "setup.parameters": tuple(
                Parameter(
                    name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=0.07
                )
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=1.0) for i in range(12)
            ),
            "train": None,
        },
    )
    assert finding.severity == "warning"
    assert "0.weight" in finding.message


def test_good() -> None:
    """Fine where the run learns well."""
    assert silent(
        vanishing_gradients,
        {
            "setup.parameters": tuple(
                Parameter(
                    name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=0.07
                )
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=1.0) for i in range(12)
            ),
        },
    )
