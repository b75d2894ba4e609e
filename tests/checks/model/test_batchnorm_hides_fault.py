from cnndoctor.check import run
from cnndoctor.checks.model.batchnorm_hides_fault import batchnorm_hides_fault
from cnndoctor.evidence.first_batch import LayerSignal, ParameterStep
from cnndoctor.evidence.setup import Parameter
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(batchnorm_hides_fault, healthy_evidence()).finding is None


def test_large() -> None:
    """Weights from N(0, 1) under normalisation are a note."""
    finding = found(
        batchnorm_hides_fault,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
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
    assert finding.severity == "note"
    assert "normalisation hides" in finding.message


def test_plain() -> None:
    """Without normalisation it is another fault."""
    assert silent(
        batchnorm_hides_fault,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=1.0) for i in range(12)
            ),
            "setup.normalisation": (),
        },
    )
