import pytest

from cnndoctor.check import run
from cnndoctor.checks.optimizer.parameters_not_updating import parameters_not_updating
from cnndoctor.evidence.first_batch import ParameterStep
from cnndoctor.evidence.setup import OptimizerGroup
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent

UNCHANGED = (
    ParameterStep(name="head.weight", changed=False, below_precision=0.0),
    ParameterStep(name="head.bias", changed=False),
)


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(parameters_not_updating, healthy_evidence()).finding is None


def test_rounded_away() -> None:
    """Updates below the precision of the weights are an error."""
    finding = found(
        parameters_not_updating,
        {
            "train": None,
            "first_batch.parameters": (
                ParameterStep(name="head.weight", changed=False, below_precision=0.9),
                ParameterStep(name="head.bias"),
            ),
        },
    )
    assert finding.severity == "error"
    assert "smaller than" in finding.message


def test_rate_zero() -> None:
    """A learning rate of zero is an error."""
    finding = found(
        parameters_not_updating,
        {
            "train": None,
            "first_batch.parameters": UNCHANGED,
            "setup.optimizer.groups": (OptimizerGroup(lr=0.0),),
            "setup.planned_lr": (),
        },
    )
    assert finding.severity == "error"
    assert "learning rate is 0" in finding.message


@pytest.mark.parametrize("lr", [0.0, 1e-8])
def test_warm_up(lr: float) -> None:
    """The first steps of a warm-up change nothing by design, or less than the number format can add."""
    assert silent(
        parameters_not_updating,
        {
            "train": None,
            "first_batch.parameters": UNCHANGED,
            "setup.optimizer.groups": (OptimizerGroup(lr=lr),),
        },
    )


def test_bias_before_norm() -> None:
    """A bias whose gradient is rounding is not looked at."""
    assert silent(
        parameters_not_updating,
        {
            "train": None,
            "first_batch.parameters": (
                ParameterStep(name="head.weight"),
                ParameterStep(name="features.0.0.weight"),
                ParameterStep(name="head.bias", gradient_rms=1e-10, changed=False),
            ),
        },
    )
