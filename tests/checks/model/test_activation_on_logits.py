from cnndoctor.check import run
from cnndoctor.checks.model.activation_on_logits import activation_on_logits
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(activation_on_logits, healthy_evidence()).finding is None


def test_relu() -> None:
    """Scores that are never negative, a third of them zero, are an error."""
    finding = found(
        activation_on_logits,
        {
            "first_batch.output.never_negative": True,
            "first_batch.output.minimum": 0.0,
            "first_batch.output.zero_share": 0.4,
            "first_batch.output.always_zero_columns": 3,
            "train": None,
        },
    )
    assert finding.severity == "error"
    assert "3 scores" in finding.message


def test_relu_that_learns() -> None:
    """In a run that ends well all the same it is a warning."""
    finding = found(
        activation_on_logits,
        {
            "first_batch.output.never_negative": True,
            "first_batch.output.last_activation": "ReLU",
            "first_batch.output.zero_share": 0.4,
        },
    )
    assert finding.severity == "warning"
    assert "relu" in finding.message


def test_tanh() -> None:
    """A tanh keeps the loss above a floor: a warning."""
    finding = found(
        activation_on_logits,
        {
            "train": failed_train(),
            "first_batch.output.last_activation": "Tanh",
            "first_batch.output.bounds": (-1.0, 1.0),
        },
    )
    assert finding.severity == "warning"
    assert "0.80" in finding.message


def test_zero_head() -> None:
    """A head that starts at zero is no ReLU."""
    assert silent(
        activation_on_logits,
        {
            "first_batch.output.never_negative": True,
            "first_batch.output.minimum": 0.0,
            "first_batch.output.maximum": 0.0,
            "first_batch.output.zero_share": 1.0,
        },
    )
