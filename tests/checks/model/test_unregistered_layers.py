from cnndoctor.check import run
from cnndoctor.checks.model.unregistered_layers import unregistered_layers
from cnndoctor.evidence.setup import LooseModule
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(unregistered_layers, healthy_evidence()).finding is None


def test_list() -> None:
    """Layers in a list are an error."""
    outcome = run(
        unregistered_layers,
        evidence_with(
            {
                "setup.loose_modules": (LooseModule(path="layers[0]", kind="Linear", parameters=640),),
                "train": failed_train(),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or unregistered_layers.severity) == "error"
    assert "layers[0]" in outcome.finding.message


def test_teacher() -> None:
    """A frozen teacher hidden on purpose is fine."""
    outcome = run(
        unregistered_layers,
        evidence_with(
            {
                "setup.loose_modules": (
                    LooseModule(path="teacher[0]", kind="Net", parameters=640, trainable=False),
                )
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome


def test_activations() -> None:
    """Layers without parameters in a list lose nothing."""
    outcome = run(
        unregistered_layers,
        evidence_with({"setup.loose_modules": (LooseModule(path="acts[0]", kind="ReLU", parameters=0),)}),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
