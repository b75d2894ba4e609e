from cnndoctor.check import run
from cnndoctor.checks.optimizer.parameters_not_in_optimizer import parameters_not_in_optimizer
from cnndoctor.evidence.setup import Parameter
from tests.healthy import healthy_evidence
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(parameters_not_in_optimizer, healthy_evidence()).finding is None


def test_left_out() -> None:
    """Parameters that no group holds are an error."""
    finding = found(
        parameters_not_in_optimizer,
        {
            "setup.parameters": (
                Parameter(
                    name="features.weight",
                    layer="features",
                    kind="Conv2d",
                    shape=(64, 64),
                    optimizer_groups=0,
                ),
                Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 64)),
            ),
            "train": None,
        },
    )
    assert finding.severity == "error"
    assert "features.weight" in finding.message


def test_left_out_but_good() -> None:
    """In a run that does well it is a warning."""
    finding = found(
        parameters_not_in_optimizer,
        {
            "setup.parameters": (
                Parameter(
                    name="features.weight",
                    layer="features",
                    kind="Conv2d",
                    shape=(64, 64),
                    optimizer_groups=0,
                ),
                Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 64)),
            )
        },
    )
    assert finding.severity == "warning"
    assert "features.weight" in finding.message


def test_head_only() -> None:
    """A head trained alone on a backbone that does well is a note."""
    finding = found(
        parameters_not_in_optimizer,
        {
            "setup.parameters": (
                Parameter(
                    name="backbone.weight",
                    layer="backbone",
                    kind="Conv2d",
                    shape=(64, 64),
                    optimizer_groups=0,
                ),
                Parameter(name="head.weight", layer="head", kind="Linear", shape=(10, 64)),
            )
        },
    )
    assert finding.severity == "note"
    assert "backbone.weight" in finding.message
