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


def test_a_step_that_leaves_a_part_alone() -> None:
    """A whole part that a step of one's own leaves alone is a note; some layers of a part that it uses are none."""
    layers = ("critic.0", "critic.1", "stages.0", "stages.1")
    facts = {
        "experiment.custom_step": True,
        "setup.parameters": tuple(
            Parameter(name=f"{layer}.weight", layer=layer, kind="Linear", shape=(8, 8)) for layer in layers
        ),
    }

    def unused(*names: str) -> dict[str, object]:
        return {
            "first_batch.unused_parameters": names,
            "first_batch.parameters": tuple(ParameterStep(name=name, gradient="none") for name in names),
        }

    whole = found(unused_layers, {**facts, **unused("critic.0.weight", "critic.1.weight")})
    assert whole.severity == "note"
    assert found(unused_layers, {**facts, **unused("stages.0.weight")}).severity == "warning"
