from cnndoctor.check import run
from cnndoctor.checks.model.broadcast_targets import broadcast_targets
from tests.changed import failed_first_batch
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(broadcast_targets, healthy_evidence()).finding is None


def test_column_against_row() -> None:
    """[N, 1] against [N] under MSELoss is an error."""
    finding = found(
        broadcast_targets, {"setup.loss.name": "MSELoss", "first_batch.loss.output_shape": (32, 1)}
    )
    assert finding.severity == "error"
    assert "[32, 32]" in finding.message


def test_own_loss_that_changes() -> None:
    """In a loss of the user's own it counts when the value changes with the shape."""
    finding = found(
        broadcast_targets,
        {
            "setup.loss.known": False,
            "first_batch.loss.output_shape": (32, 1),
            "first_batch.loss.aligned_value": 1.0,
        },
    )
    assert finding.severity == "error"
    assert "2.36" in finding.message


def test_own_loss_that_aligns() -> None:
    """A loss that brings both to one shape itself is fine."""
    assert silent(
        broadcast_targets,
        {
            "setup.loss.known": False,
            "first_batch.loss.output_shape": (32, 1),
            "first_batch.loss.aligned_value": 2.36,
        },
    )


def test_refused() -> None:
    """What BCE refuses is understood."""
    finding = found(
        broadcast_targets,
        {
            "setup.loss.name": "BCEWithLogitsLoss",
            **failed_first_batch(
                "loss",
                "Target size (torch.Size([32])) must be the same as input size (torch.Size([32, 1]))",
                kind="ValueError",
            ),
        },
    )
    assert finding.severity == "error"
    assert "different shapes" in finding.message
