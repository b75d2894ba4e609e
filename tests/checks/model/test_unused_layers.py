from cnndoctor.check import run
from cnndoctor.checks.model.unused_layers import unused_layers
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.evidence.setup import Parameter
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(unused_layers, healthy_evidence()).finding is None


def test_never_called() -> None:
    """A layer that is never called in a run that fails is a warning."""
    outcome = run(
        unused_layers,
        evidence_with(
            {
                "first_batch.unused_parameters": ("head.weight",),
                "first_batch.parameters": (ParameterStep(name="head.weight", gradient="none"),),
                "train": failed_train(),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or unused_layers.severity) == "warning"
    assert "head" in outcome.finding.message


def test_never_called_but_good() -> None:
    """Also in a run that learns well."""
    outcome = run(
        unused_layers,
        evidence_with(
            {
                "first_batch.unused_parameters": ("head.weight",),
                "first_batch.parameters": (ParameterStep(name="head.weight", gradient="none"),),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or unused_layers.severity) == "warning"
    assert "head" in outcome.finding.message


def test_weights_used_elsewhere() -> None:
    """Weights that get a gradient without a call (attention, tying) are used."""
    outcome = run(unused_layers, evidence_with({"first_batch.unused_parameters": ("head.weight",)}))
    assert outcome.status in {"passed", "skipped"}, outcome


def test_meant() -> None:
    """What intent names is left alone."""
    outcome = run(
        unused_layers,
        evidence_with(
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
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
