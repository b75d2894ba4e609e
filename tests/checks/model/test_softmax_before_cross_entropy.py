from cnndoctor.check import run
from cnndoctor.checks.model.softmax_before_cross_entropy import softmax_before_cross_entropy
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(softmax_before_cross_entropy, healthy_evidence()).finding is None


def test_softmax() -> None:
    """Rows that sum to one before CrossEntropyLoss are an error that names the floor of the loss, ln(e + 9) - 1."""
    finding = found(
        softmax_before_cross_entropy,
        {
            "first_batch.output.sums_to_one": (1,),
            "first_batch.output.minimum": 0.02,
            "first_batch.output.maximum": 0.4,
        },
    )
    assert finding.severity == "error"
    assert "1.461" in finding.message


def test_sigmoid_before_bce() -> None:
    """Values in [0, 1] for any input before BCEWithLogitsLoss are a sigmoid too many."""
    finding = found(
        softmax_before_cross_entropy,
        {
            "setup.loss.name": "BCEWithLogitsLoss",
            "first_batch.output.in_unit_interval": True,
            "first_batch.output.minimum": 0.4,
            "first_batch.output.maximum": 0.6,
        },
    )
    assert finding.severity == "error"
    assert "sigmoid" in finding.message


def test_log_softmax() -> None:
    """log_softmax before CrossEntropyLoss is harmless."""
    assert silent(softmax_before_cross_entropy, {"first_batch.output.log_sums_to_one": (1,)})


def test_zero_head() -> None:
    """A head that starts at zero puts out zeros, which is no sigmoid."""
    assert silent(
        softmax_before_cross_entropy,
        {
            "first_batch.output.in_unit_interval": True,
            "first_batch.output.minimum": 0.0,
            "first_batch.output.maximum": 0.0,
        },
    )


def test_unknown_loss() -> None:
    """A loss of the user's own may want probabilities."""
    assert silent(
        softmax_before_cross_entropy, {"first_batch.output.sums_to_one": (1,), "setup.loss.known": False}
    )


def test_log_softmax_of_probabilities() -> None:
    """Log-probabilities that saturate one apart come from a softmax too many; wider or untested ones do not."""

    def facts(spread: float) -> dict[str, object]:
        return {
            "setup.loss.name": "NLLLoss",
            "first_batch.output.log_sums_to_one": (1,),
            "first_batch.output.log_spread": spread,
        }

    finding = found(softmax_before_cross_entropy, facts(0.9998))
    assert "log-softmax to probabilities" in finding.message
    for spread in (14.2, 0.3, float("nan")):
        assert silent(softmax_before_cross_entropy, facts(spread))
