from cnndoctor.check import run
from cnndoctor.checks.model.unused_layers import unused_layers
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.evidence.setup import Parameter
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(unused_layers, healthy_evidence()).finding is None


def test_never_called() -> None:
    """A layer that is never called in a run that fails is a warning."""
    finding = found(
        unused_layers,
        {
            "first_batch.unused_parameters": ("head.weight",),
            "first_batch.parameters": (ParameterStep(name="head.weight", gradient="none"),),
            "train": failed_train(),
        },
    )
    assert finding.severity == "warning"
    assert "head" in finding.message


def test_never_called_but_good() -> None:
    """Also in a run that learns well."""
    finding = found(
        unused_layers,
        {
            "first_batch.unused_parameters": ("head.weight",),
            "first_batch.parameters": (ParameterStep(name="head.weight", gradient="none"),),
        },
    )
    assert finding.severity == "warning"
    assert "head" in finding.message


def test_weights_used_elsewhere() -> None:
    """Weights that get a gradient without a call (attention, tying) are used."""
    assert silent(unused_layers, {"first_batch.unused_parameters": ("head.weight",)})


def test_meant() -> None:
    """What intent names is left alone."""
    assert silent(
        unused_layers,
        {
            "first_batch.unused_parameters": ("head.weight",),
            "first_batch.parameters": (ParameterStep(name="head.weight", gradient="none"),),
            "setup.parameters": (
                Parameter(
                    name="head.weight",
                    layer="head",
                    kind="Linear",
                    shape=(10, 128),
                    frozen_on_purpose=True,
                ),
            ),
        },
    )
