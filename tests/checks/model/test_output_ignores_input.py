from cnndoctor.check import run
from cnndoctor.checks.model.output_ignores_input import output_ignores_input
from cnndoctor.evidence.setup import Parameter
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(output_ignores_input, healthy_evidence()).finding is None


def test_constant() -> None:
    """An output that no input changes is an error."""
    finding = found(output_ignores_input, {"first_batch.depends_on_input": 0.0, "train": failed_train()})
    assert finding.severity == "error"
    assert "Zeroed" in finding.message


def test_zero_head() -> None:
    """With a head that starts at zero it says nothing yet."""
    assert silent(
        output_ignores_input,
        {
            "first_batch.depends_on_input": 0.0,
            "train": None,
            "setup.parameters": (
                Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 128), std=0.0),
            ),
        },
    )


def test_unknown() -> None:
    """What could not be tested is not judged."""
    assert silent(output_ignores_input, {"first_batch.depends_on_input": float("nan")})
