from cnndoctor.check import run
from cnndoctor.checks.model.dropout_in_eval import dropout_in_eval
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(dropout_in_eval, healthy_evidence()).finding is None


def test_noise() -> None:
    """Two eval passes that differ are an error."""
    finding = found(
        dropout_in_eval,
        {
            "first_batch.eval_noise": 0.4,
            "first_batch.eval_noise_layers": ("drop",),
            "train": failed_train(),
        },
    )
    assert finding.severity == "error"
    assert "drop" in finding.message


def test_rounding() -> None:
    """Rounding is no noise."""
    assert silent(dropout_in_eval, {"first_batch.eval_noise": 1e-6})


def test_sampling() -> None:
    """With a step of the user's own sampling may be meant: a warning."""
    finding = found(
        dropout_in_eval, {"first_batch.eval_noise": 0.4, "experiment.custom_step": True, "train": None}
    )
    assert finding.severity == "warning"
    assert "0.4" in finding.message


def test_noise_that_a_step_draws_by_itself() -> None:
    """A diffusion step is random whatever dropout does: a note."""
    drawn = {
        "first_batch.eval_noise": 0.4,
        "first_batch.eval_noise_drawn": 0.4,
        "experiment.custom_step": True,
    }
    outcome = run(dropout_in_eval, evidence_with({**drawn, "train": None}))
    assert outcome.finding is not None, outcome
    assert outcome.finding.severity == "note"
    assert "draws noise by itself" in outcome.finding.message
