from cnndoctor.check import run
from cnndoctor.checks.model.softmax_before_cross_entropy import softmax_before_cross_entropy
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(softmax_before_cross_entropy, healthy_evidence()).finding is None


def test_softmax() -> None:
    """Rows that sum to one before CrossEntropyLoss are an error that names the floor of the loss, ln(e + 9) - 1."""
    outcome = run(
        softmax_before_cross_entropy,
        evidence_with(
            {
                "first_batch.output.sums_to_one": (1,),
                "first_batch.output.minimum": 0.02,
                "first_batch.output.maximum": 0.4,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or softmax_before_cross_entropy.severity) == "error"
    assert "1.461" in outcome.finding.message


def test_sigmoid_before_bce() -> None:
    """Values in [0, 1] for any input before BCEWithLogitsLoss are a sigmoid too many."""
    outcome = run(
        softmax_before_cross_entropy,
        evidence_with(
            {
                "setup.loss.name": "BCEWithLogitsLoss",
                "first_batch.output.in_unit_interval": True,
                "first_batch.output.minimum": 0.4,
                "first_batch.output.maximum": 0.6,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or softmax_before_cross_entropy.severity) == "error"
    assert "sigmoid" in outcome.finding.message


def test_log_softmax() -> None:
    """log_softmax before CrossEntropyLoss is harmless."""
    outcome = run(softmax_before_cross_entropy, evidence_with({"first_batch.output.log_sums_to_one": (1,)}))
    assert outcome.status in {"passed", "skipped"}, outcome


def test_zero_head() -> None:
    """A head that starts at zero puts out zeros, which is no sigmoid."""
    outcome = run(
        softmax_before_cross_entropy,
        evidence_with(
            {
                "first_batch.output.in_unit_interval": True,
                "first_batch.output.minimum": 0.0,
                "first_batch.output.maximum": 0.0,
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome


def test_unknown_loss() -> None:
    """A loss of the user's own may want probabilities."""
    outcome = run(
        softmax_before_cross_entropy,
        evidence_with({"first_batch.output.sums_to_one": (1,), "setup.loss.known": False}),
    )
    assert outcome.status in {"passed", "skipped"}, outcome


def test_log_softmax_of_probabilities() -> None:
    """Log-probabilities that saturate one apart come from a softmax too many; wider or untested ones do not."""

    def facts(spread: float) -> dict[str, object]:
        return {
            "setup.loss.name": "NLLLoss",
            "first_batch.output.log_sums_to_one": (1,),
            "first_batch.output.log_spread": spread,
        }

    found = run(softmax_before_cross_entropy, evidence_with(facts(0.9998))).finding
    assert found is not None
    assert "log-softmax to probabilities" in found.message
    for spread in (14.2, 0.3, float("nan")):
        assert run(softmax_before_cross_entropy, evidence_with(facts(spread))).finding is None
