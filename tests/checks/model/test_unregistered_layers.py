from cnndoctor.check import run
from cnndoctor.checks.model.unregistered_layers import unregistered_layers
from cnndoctor.evidence.setup import LooseModule
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(unregistered_layers, healthy_evidence()).finding is None


def test_list() -> None:
    """Layers in a list are an error."""
    finding = found(
        unregistered_layers,
        {
            "setup.loose_modules": (LooseModule(path="layers[0]", kind="Linear", parameters=640),),
            "train": failed_train(),
        },
    )
    assert finding.severity == "error"
    assert "layers[0]" in finding.message


def test_teacher() -> None:
    """A frozen teacher hidden on purpose is fine."""
    assert silent(
        unregistered_layers,
        {
            "setup.loose_modules": (
                LooseModule(path="teacher[0]", kind="Net", parameters=640, trainable=False),
            )
        },
    )


def test_activations() -> None:
    """Layers without parameters in a list lose nothing."""
    assert silent(
        unregistered_layers,
        {"setup.loose_modules": (LooseModule(path="acts[0]", kind="ReLU", parameters=0),)},
    )
