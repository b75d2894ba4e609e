from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.model.logits_into_probability_loss import logits_into_probability_loss
from cnndoctor.evidence.first_batch import OutputFacts
from cnndoctor.evidence.setup import LossFacts
from tests.changed import failed_first_batch
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(logits_into_probability_loss, healthy_evidence()).finding is None


def test_raw_scores_into_nll() -> None:
    """Raw scores into NLLLoss are an error."""
    finding = found(logits_into_probability_loss, {"setup.loss.name": "NLLLoss"})
    assert finding.severity == "error"
    assert "log-probabilities" in finding.message


def test_softmax_into_nll() -> None:
    """Probabilities into NLLLoss are an error of their own."""
    finding = found(
        logits_into_probability_loss, {"setup.loss.name": "NLLLoss", "first_batch.output.sums_to_one": (1,)}
    )
    assert finding.severity == "error"
    assert "sums to 1" in finding.message


def test_log_softmax_into_nll() -> None:
    """log_softmax and NLLLoss belong together."""
    assert silent(
        logits_into_probability_loss,
        {"setup.loss.name": "NLLLoss", "first_batch.output.log_sums_to_one": (1,)},
    )


def test_raw_scores_into_bce() -> None:
    """Values below zero into BCELoss are no probabilities."""
    finding = found(logits_into_probability_loss, {"setup.loss.name": "BCELoss"})
    assert finding.severity == "error"
    assert "BCELoss" in finding.message


def test_refused_by_torch() -> None:
    """What torch refuses before a batch went through is understood."""
    finding = found(
        logits_into_probability_loss,
        {
            "setup.loss.name": "BCELoss",
            **failed_first_batch("loss", "all elements of input should be between 0 and 1"),
        },
    )
    assert finding.severity == "error"
    assert "outside" in finding.message


def test_sigmoid_into_bce() -> None:
    """A sigmoid before BCELoss is right."""
    assert silent(
        logits_into_probability_loss,
        {
            "setup.loss.name": "BCELoss",
            "first_batch.output.in_unit_interval": True,
            "first_batch.output.minimum": 0.4,
            "first_batch.output.maximum": 0.6,
        },
    )


def test_what_a_step_gives_the_loss_is_looked_at() -> None:
    """Scores over a temperature are no log-probabilities, whatever the model puts out; those through log_softmax are."""
    kl = {
        "setup.loss": LossFacts(name="KLDivLoss", known=True),
        "first_batch.loss.prediction_is_output": False,
    }
    given = OutputFacts(shape=(48, 6), minimum=-1.0, maximum=0.8, class_axis=1)
    finding = found(logits_into_probability_loss, {**kl, "first_batch.loss.given": given})
    assert "but the step gives values up to 0.8" in finding.message
    right = replace(given, minimum=-4.0, maximum=-0.1, log_sums_to_one=(1,))
    assert silent(logits_into_probability_loss, {**kl, "first_batch.loss.given": right})
    assert silent(logits_into_probability_loss, kl)
