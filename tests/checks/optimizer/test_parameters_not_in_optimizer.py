from cnndoctor.check import run
from cnndoctor.checks.optimizer.parameters_not_in_optimizer import parameters_not_in_optimizer
from tests.healthy import healthy_evidence
from tests.layers import body_and_head
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(parameters_not_in_optimizer, healthy_evidence()).finding is None


def test_left_out() -> None:
    """Parameters that no group holds are an error."""
    finding = found(
        parameters_not_in_optimizer, {"setup.parameters": body_and_head(optimizer_groups=0), "train": None}
    )
    assert finding.severity == "error"
    assert "features.weight" in finding.message


def test_left_out_but_good() -> None:
    """In a run that does well it is a warning."""
    finding = found(parameters_not_in_optimizer, {"setup.parameters": body_and_head(optimizer_groups=0)})
    assert finding.severity == "warning"
    assert "features.weight" in finding.message


def test_head_only() -> None:
    """A head trained alone on a backbone that does well is a note."""
    finding = found(
        parameters_not_in_optimizer, {"setup.parameters": body_and_head("backbone", optimizer_groups=0)}
    )
    assert finding.severity == "note"
    assert "backbone.weight" in finding.message
