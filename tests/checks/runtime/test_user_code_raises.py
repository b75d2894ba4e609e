from cnndoctor.check import run
from cnndoctor.checks.runtime.user_code_raises import user_code_raises
from cnndoctor.finding import UserFailure
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(user_code_raises, healthy_evidence()).finding is None


def test_told() -> None:
    """An exception is told with phase, type, text and place."""
    outcome = run(
        user_code_raises,
        evidence_with(
            {
                "failures.failures": (
                    UserFailure(
                        phase="forward",
                        type="RuntimeError",
                        message="mat1 and mat2 shapes cannot be multiplied (32x128 and 64x10)",
                        file="model.py",
                        line=12,
                    ),
                )
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or user_code_raises.severity) == "error"
    assert "mat1 and mat2" in outcome.finding.message


def test_unknown() -> None:
    """Also one that torch did not raise."""
    outcome = run(
        user_code_raises,
        evidence_with({"failures.failures": (UserFailure(phase="step", type="KeyError", message="labels"),)}),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or user_code_raises.severity) == "error"
    assert "KeyError" in outcome.finding.message
