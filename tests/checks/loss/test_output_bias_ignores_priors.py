from cnndoctor.check import run
from cnndoctor.checks.loss.output_bias_ignores_priors import output_bias_ignores_priors
from tests.healthy import healthy_evidence
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(output_bias_ignores_priors, healthy_evidence()).finding is None


def test_imbalanced() -> None:
    """A class with 90 % that the last bias does not know is a note."""
    finding = found(
        output_bias_ignores_priors,
        {
            "data.train.labels.histogram": {"0": 900, "1": 100},
            "first_batch.loss.value": 0.7,
            "first_batch.loss.expected": 0.33,
        },
    )
    assert finding.severity == "note"
    assert "90%" in finding.message
