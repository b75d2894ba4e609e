from cnndoctor.check import run
from cnndoctor.checks.model.unfriendly_shapes import unfriendly_shapes
from cnndoctor.evidence.setup import Parameter
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(unfriendly_shapes, healthy_evidence()).finding is None


def test_odd_widths() -> None:
    """Widths of 50 in half precision on a GPU are a note."""
    finding = found(
        unfriendly_shapes,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(50, 50)) for i in range(4)
            ),
            "experiment.device": "cuda:0",
            "experiment.precision": "bf16",
        },
    )
    assert finding.severity == "note"
    assert "50" in finding.message


def test_on_the_cpu() -> None:
    """On a CPU they do not matter."""
    assert silent(
        unfriendly_shapes,
        {
            "setup.parameters": tuple(
                Parameter(name=f"{i}.weight", layer=str(i), kind="Linear", shape=(50, 50)) for i in range(4)
            )
        },
    )
