import pytest

from cnndoctor.check import run
from cnndoctor.checks.model.batchnorm_wrong_axis import batchnorm_wrong_axis
from cnndoctor.evidence.first_batch import LayerSignal
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(batchnorm_wrong_axis, healthy_evidence()).finding is None


def test_wrong() -> None:
    """A norm over another axis in a run that fails is an error."""
    finding = found(
        batchnorm_wrong_axis, {"first_batch.batchnorm_axis_wrong": ("features.0.1",), "train": failed_train()}
    )
    assert finding.severity == "error"
    assert "features.0.1" in finding.message


@pytest.mark.parametrize(("path", "first"), [("norm", True), ("later", False)])
def test_a_norm_of_the_inputs_accounts_for_raw_ones(path: str, *, first: bool) -> None:
    """A model that begins with the wrong norm is meant to take raw inputs; a later norm has nothing to do with them."""
    layers = tuple(
        LayerSignal(path=name, kind="BatchNorm1d", position=i) for i, name in enumerate(("norm", "later"))
    )
    finding = found(
        batchnorm_wrong_axis,
        {
            "first_batch.layers": layers,
            "first_batch.batchnorm_axis_wrong": (path,),
            "train": failed_train(),
        },
    )
    assert ("inputs-not-scaled" in finding.rules_out) is first


def test_good() -> None:
    """In a run that learns well it is a warning."""
    finding = found(batchnorm_wrong_axis, {"first_batch.batchnorm_axis_wrong": ("features.0.1",)})
    assert finding.severity == "warning"
    assert "axis 1" in finding.message
