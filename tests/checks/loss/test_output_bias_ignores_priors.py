from cnndoctor.check import run
from cnndoctor.checks.loss.output_bias_ignores_priors import output_bias_ignores_priors
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(output_bias_ignores_priors, healthy_evidence()).finding is None


def test_imbalanced() -> None:
    """A class with 90 % that the last bias does not know is a note."""
    outcome = run(
        output_bias_ignores_priors,
        evidence_with(
            {
                "data.train.labels.histogram": {"0": 900, "1": 100},
                "first_batch.loss.value": 0.7,
                "first_batch.loss.expected": 0.33,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or output_bias_ignores_priors.severity) == "note"
    assert "90%" in outcome.finding.message
