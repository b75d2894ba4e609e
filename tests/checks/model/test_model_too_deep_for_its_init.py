from cnndoctor.check import run
from cnndoctor.checks.model.model_too_deep_for_its_init import model_too_deep_for_its_init
from cnndoctor.evidence.first_batch import LayerSignal, ParameterStep
from cnndoctor.evidence.setup import Parameter
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(model_too_deep_for_its_init, healthy_evidence()).finding is None


def test_shrinks() -> None:
    """A signal that halves in each of twelve layers is an error when nothing is learnt."""
    finding = found(
        model_too_deep_for_its_init,
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
                LayerSignal(path=str(i), kind="Linear", position=i, std=0.5**i) for i in range(12)
            ),
            "train": failed_train(),
        },
    )
    assert finding.severity == "error"
    assert "0.50" in finding.message


def test_steady() -> None:
    """A steady signal is fine."""
    assert silent(
        model_too_deep_for_its_init,
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
        },
    )


def test_wild_weights() -> None:
    """Weights of a wild scale are another fault."""
    assert silent(
        model_too_deep_for_its_init,
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
            "train": failed_train(),
        },
    )
