from cnndoctor.check import run
from cnndoctor.checks.optimizer.optimizer_holds_other_parameters import optimizer_holds_other_parameters
from tests.healthy import healthy_evidence
from tests.layers import body_and_head
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(optimizer_holds_other_parameters, healthy_evidence()).finding is None


def test_copy() -> None:
    """A copy of the model in the optimizer is an error."""
    finding = found(
        optimizer_holds_other_parameters,
        {
            "setup.parameters": body_and_head(optimizer_groups=0),
            "setup.optimizer.foreign": ((64, 64),),
            "train": None,
        },
    )
    assert finding.severity == "error"
    assert "copy" in finding.message


def test_loss_parameter() -> None:
    """A learnable temperature beside the model is a note."""
    finding = found(optimizer_holds_other_parameters, {"setup.optimizer.foreign": ((1,),)})
    assert finding.severity == "note"
    assert "1 tensors" in finding.message
