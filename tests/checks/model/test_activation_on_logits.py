from cnndoctor.check import run
from cnndoctor.checks.model.activation_on_logits import activation_on_logits
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(activation_on_logits, healthy_evidence()).finding is None


def test_relu() -> None:
    """Scores that are never negative, a third of them zero, are an error."""
    outcome = run(
        activation_on_logits,
        evidence_with(
            {
                "first_batch.output.never_negative": True,
                "first_batch.output.minimum": 0.0,
                "first_batch.output.zero_share": 0.4,
                "first_batch.output.always_zero_columns": 3,
                "train": None,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or activation_on_logits.severity) == "error"
    assert "3 scores" in outcome.finding.message


def test_relu_that_learns() -> None:
    """In a run that ends well all the same it is a warning."""
    outcome = run(
        activation_on_logits,
        evidence_with(
            {
                "first_batch.output.never_negative": True,
                "first_batch.output.last_activation": "ReLU",
                "first_batch.output.zero_share": 0.4,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or activation_on_logits.severity) == "warning"
    assert "relu" in outcome.finding.message


def test_tanh() -> None:
    """A tanh keeps the loss above a floor: a warning."""
    outcome = run(
        activation_on_logits,
        evidence_with(
            {
                "train": failed_train(),
                "first_batch.output.last_activation": "Tanh",
                "first_batch.output.bounds": (-1.0, 1.0),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or activation_on_logits.severity) == "warning"
    assert "0.80" in outcome.finding.message


def test_zero_head() -> None:
    """A head that starts at zero is no ReLU."""
    outcome = run(
        activation_on_logits,
        evidence_with(
            {
                "first_batch.output.never_negative": True,
                "first_batch.output.minimum": 0.0,
                "first_batch.output.maximum": 0.0,
                "first_batch.output.zero_share": 1.0,
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
