from cnndoctor.check import run
from cnndoctor.checks.gradients.vanishing_gradients import vanishing_gradients
from tests.changed import failed_overfit, failed_train
from tests.healthy import healthy_evidence
from tests.layers import deep_stack
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(vanishing_gradients, healthy_evidence()).finding is None


def test_vanishing() -> None:
    """A gradient that shrinks over depth where nothing is learnt is an error."""
    finding = found(
        vanishing_gradients, {**deep_stack(), "train": failed_train(), "overfit": failed_overfit()}
    )
    assert finding.severity == "error"
    assert "0.weight" in finding.message


def test_unconfirmed() -> None:
    """A warning before that."""
    finding = found(vanishing_gradients, {**deep_stack(), "train": None})
    assert finding.severity == "warning"
    assert "0.weight" in finding.message


def test_good() -> None:
    """Fine where the run learns well."""
    assert silent(vanishing_gradients, deep_stack())
