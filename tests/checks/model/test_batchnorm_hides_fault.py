from cnndoctor.check import run
from cnndoctor.checks.model.batchnorm_hides_fault import batchnorm_hides_fault
from tests.healthy import healthy_evidence
from tests.layers import deep_stack
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(batchnorm_hides_fault, healthy_evidence()).finding is None


def test_large() -> None:
    """Weights from N(0, 1) under normalisation are a note."""
    finding = found(batchnorm_hides_fault, deep_stack(weight_std=1.0))
    assert finding.severity == "note"
    assert "normalisation hides" in finding.message


def test_plain() -> None:
    """Without normalisation it is another fault."""
    assert silent(batchnorm_hides_fault, {**deep_stack(weight_std=1.0), "setup.normalisation": ()})
