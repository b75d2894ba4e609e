from cnndoctor.check import run
from cnndoctor.checks.model.ctc_blank_missing import ctc_blank_missing
from cnndoctor.evidence.setup import LossFacts
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(ctc_blank_missing, healthy_evidence()).finding is None


def test_too_narrow() -> None:
    """Labels beyond the head leave no room for the blank."""
    outcome = run(
        ctc_blank_missing,
        evidence_with(
            {
                "setup.loss": LossFacts(name="CTCLoss", known=True, blank=0),
                "first_batch.output.shape": (20, 32, 10),
                "data.train.labels.histogram": {str(i): 50 for i in range(1, 11)},
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or ctc_blank_missing.severity) == "error"
    assert "blank" in outcome.finding.message


def test_every_output_taken() -> None:
    """Symbols on every output take the blank's index."""
    outcome = run(
        ctc_blank_missing,
        evidence_with(
            {
                "setup.loss": LossFacts(name="CTCLoss", known=True, blank=0),
                "first_batch.output.shape": (20, 32, 10),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or ctc_blank_missing.severity) == "error"
    assert "no output is left" in outcome.finding.message


def test_too_long() -> None:
    """Targets longer than the output have an infinite loss."""
    outcome = run(
        ctc_blank_missing,
        evidence_with(
            {
                "setup.loss": LossFacts(name="CTCLoss", known=True, blank=0),
                "first_batch.output.shape": (20, 32, 12),
                "data.train.labels.target_lengths_exceed_inputs": (3, 5),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or ctc_blank_missing.severity) == "error"
    assert "2 samples" in outcome.finding.message


def test_room() -> None:
    """One output more than symbols is right."""
    outcome = run(
        ctc_blank_missing,
        evidence_with(
            {
                "setup.loss": LossFacts(name="CTCLoss", known=True, blank=0),
                "first_batch.output.shape": (20, 32, 11),
                "data.train.labels.histogram": {str(i): 50 for i in range(1, 11)},
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome


def test_padding() -> None:
    """Zeros that pad are no labels."""
    outcome = run(
        ctc_blank_missing,
        evidence_with(
            {
                "setup.loss": LossFacts(name="CTCLoss", known=True, blank=0),
                "first_batch.output.shape": (20, 32, 11),
                "data.train.labels.histogram": {"0": 900} | {str(i): 50 for i in range(1, 11)},
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
