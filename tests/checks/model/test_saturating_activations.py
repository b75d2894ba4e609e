from cnndoctor.check import run
from cnndoctor.checks.model.saturating_activations import saturating_activations
from cnndoctor.evidence.first_batch import LayerSignal, ParameterStep
from cnndoctor.evidence.setup import Parameter
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(saturating_activations, healthy_evidence()).finding is None


def test_deep_sigmoids() -> None:
    """Sigmoids over a deep net whose gradient shrinks are told."""
    outcome = run(
        saturating_activations,
        evidence_with(
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
                    LayerSignal(path=str(i), kind="Sigmoid", position=i, std=1.0) for i in range(12)
                ),
                "train": None,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or saturating_activations.severity) == "warning"
    assert "Sigmoid" in outcome.finding.message


def test_shallow() -> None:
    """One sigmoid is fine."""
    outcome = run(
        saturating_activations,
        evidence_with({"first_batch.layers": (LayerSignal(path="gate", kind="Sigmoid"),), "train": None}),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
