from cnndoctor.check import run
from cnndoctor.checks.optimizer.parameters_not_in_optimizer import parameters_not_in_optimizer
from cnndoctor.evidence.setup import Parameter
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(parameters_not_in_optimizer, healthy_evidence()).finding is None


def test_left_out() -> None:
    """Parameters that no group holds are an error."""
    outcome = run(
        parameters_not_in_optimizer,
        evidence_with(
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
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or parameters_not_in_optimizer.severity) == "error"
    assert "features.weight" in outcome.finding.message


def test_left_out_but_good() -> None:
    """In a run that does well it is a warning."""
    outcome = run(
        parameters_not_in_optimizer,
        evidence_with(
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
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or parameters_not_in_optimizer.severity) == "warning"
    assert "features.weight" in outcome.finding.message


def test_head_only() -> None:
    """A head trained alone on a backbone that does well is a note."""
    outcome = run(
        parameters_not_in_optimizer,
        evidence_with(
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
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or parameters_not_in_optimizer.severity) == "note"
    assert "backbone.weight" in outcome.finding.message
