from cnndoctor.check import run
from cnndoctor.checks.model.logits_into_probability_loss import logits_into_probability_loss
from cnndoctor.finding import UserFailure
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(logits_into_probability_loss, healthy_evidence()).finding is None


def test_raw_scores_into_nll() -> None:
    """Raw scores into NLLLoss are an error."""
    outcome = run(logits_into_probability_loss, evidence_with({"setup.loss.name": "NLLLoss"}))
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or logits_into_probability_loss.severity) == "error"
    assert "log-probabilities" in outcome.finding.message


def test_softmax_into_nll() -> None:
    """Probabilities into NLLLoss are an error of their own."""
    outcome = run(
        logits_into_probability_loss,
        evidence_with({"setup.loss.name": "NLLLoss", "first_batch.output.sums_to_one": (1,)}),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or logits_into_probability_loss.severity) == "error"
    assert "sums to 1" in outcome.finding.message


def test_log_softmax_into_nll() -> None:
    """log_softmax and NLLLoss belong together."""
    outcome = run(
        logits_into_probability_loss,
        evidence_with({"setup.loss.name": "NLLLoss", "first_batch.output.log_sums_to_one": (1,)}),
    )
    assert outcome.status in {"passed", "skipped"}, outcome


def test_raw_scores_into_bce() -> None:
    """Values below zero into BCELoss are no probabilities."""
    outcome = run(logits_into_probability_loss, evidence_with({"setup.loss.name": "BCELoss"}))
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or logits_into_probability_loss.severity) == "error"
    assert "BCELoss" in outcome.finding.message


def test_refused_by_torch() -> None:
    """What torch refuses before a batch went through is understood."""
    outcome = run(
        logits_into_probability_loss,
        evidence_with(
            {
                "setup.loss.name": "BCELoss",
                "first_batch": None,
                "failures.failures": (
                    UserFailure(
                        phase="loss",
                        type="RuntimeError",
                        message="all elements of input should be between 0 and 1",
                    ),
                ),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or logits_into_probability_loss.severity) == "error"
    assert "outside" in outcome.finding.message


def test_sigmoid_into_bce() -> None:
    """A sigmoid before BCELoss is right."""
    outcome = run(
        logits_into_probability_loss,
        evidence_with(
            {
                "setup.loss.name": "BCELoss",
                "first_batch.output.in_unit_interval": True,
                "first_batch.output.minimum": 0.4,
                "first_batch.output.maximum": 0.6,
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
