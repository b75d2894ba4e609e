from cnndoctor.check import run
from cnndoctor.checks.optimizer.optimizer_holds_other_parameters import optimizer_holds_other_parameters
from cnndoctor.evidence.setup import Parameter
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(optimizer_holds_other_parameters, healthy_evidence()).finding is None


def test_copy() -> None:
    """A copy of the model in the optimizer is an error."""
    outcome = run(
        optimizer_holds_other_parameters,
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
                "setup.optimizer.foreign": ((64, 64),),
                "train": None,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or optimizer_holds_other_parameters.severity) == "error"
    assert "copy" in outcome.finding.message


def test_loss_parameter() -> None:
    """A learnable temperature beside the model is a note."""
    outcome = run(optimizer_holds_other_parameters, evidence_with({"setup.optimizer.foreign": ((1,),)}))
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or optimizer_holds_other_parameters.severity) == "note"
    assert "1 tensors" in outcome.finding.message
