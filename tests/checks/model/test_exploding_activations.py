from cnndoctor.check import run
from cnndoctor.checks.model.exploding_activations import exploding_activations
from cnndoctor.evidence.first_batch import LayerSignal, ParameterStep
from cnndoctor.evidence.setup import Parameter
from cnndoctor.evidence.train import FirstNonFinite, LayerSeries
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(exploding_activations, healthy_evidence()).finding is None


def test_over_steps() -> None:
    """Activations that grow a thousand times in a run that ends in NaN are an error."""
    finding = found(
        exploding_activations,
        {
            "train": failed_train(
                layers=(LayerSeries(path="head", kind="Linear", activation_max=(1.0, 1000.0)),),
                nonfinite=FirstNonFinite(step=9, what="weight"),
            )
        },
    )
    assert finding.severity == "error"
    assert "head" in finding.message


def test_over_depth() -> None:
    """Growth over depth is a warning."""
    finding = found(
        exploding_activations,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=8.0**i) for i in range(12)
            ),
            "train": None,
        },
    )
    assert finding.severity == "warning"
    assert "layers" in finding.message


def test_residual_stream() -> None:
    """Growth in a run that learns well is fine."""
    assert silent(
        exploding_activations,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(64, 64), fan_in=64, std=1.0)
                for i in range(12)
            ),
            "first_batch.parameters": tuple(
                ParameterStep(name=f"{i}.weight", gradient_rms=10.0 ** (i - 12)) for i in range(12)
            ),
            "first_batch.layers": tuple(
                LayerSignal(path=str(i), kind="Linear", position=i, std=8.0**i) for i in range(12)
            ),
        },
    )
