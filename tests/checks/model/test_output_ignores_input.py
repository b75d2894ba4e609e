from cnndoctor.check import run
from cnndoctor.checks.model.output_ignores_input import output_ignores_input
from cnndoctor.evidence.setup import Parameter
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(output_ignores_input, healthy_evidence()).finding is None


def test_constant() -> None:
    """An output that no input changes is an error."""
    outcome = run(
        output_ignores_input, evidence_with({"first_batch.depends_on_input": 0.0, "train": failed_train()})
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or output_ignores_input.severity) == "error"
    assert "Zeroed" in outcome.finding.message


def test_zero_head() -> None:
    """With a head that starts at zero it says nothing yet."""
    outcome = run(
        output_ignores_input,
        evidence_with(
            {
                "first_batch.depends_on_input": 0.0,
                "train": None,
                "setup.parameters": (
                    Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 128), std=0.0),
                ),
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome


def test_unknown() -> None:
    """What could not be tested is not judged."""
    outcome = run(output_ignores_input, evidence_with({"first_batch.depends_on_input": float("nan")}))
    assert outcome.status in {"passed", "skipped"}, outcome
