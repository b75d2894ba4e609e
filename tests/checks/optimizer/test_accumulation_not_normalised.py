from cnndoctor.check import run
from cnndoctor.checks.optimizer.accumulation_not_normalised import accumulation_not_normalised
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(accumulation_not_normalised, healthy_evidence()).finding is None


def test_fails() -> None:
    """A sum over eight batches in a run that fails is a warning."""
    outcome = run(
        accumulation_not_normalised,
        evidence_with(
            {"experiment.accumulate": 8, "experiment.accumulate_normalised": False, "train": failed_train()}
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or accumulation_not_normalised.severity) == "warning"
    assert "8 times" in outcome.finding.message


def test_above_the_band() -> None:
    """An error when the rate is above the usable band."""
    outcome = run(
        accumulation_not_normalised,
        evidence_with(
            {
                "experiment.accumulate": 8,
                "experiment.accumulate_normalised": False,
                "train": None,
                "lr_range.band": (1e-5, 1e-3),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or accumulation_not_normalised.severity) == "error"
    assert "8 times" in outcome.finding.message


def test_adam() -> None:
    """A note under Adam."""
    outcome = run(
        accumulation_not_normalised,
        evidence_with(
            {
                "experiment.accumulate": 8,
                "experiment.accumulate_normalised": False,
                "setup.optimizer.adaptive": True,
                "setup.optimizer.name": "Adam",
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or accumulation_not_normalised.severity) == "note"
    assert "Adam" in outcome.finding.message


def test_divided() -> None:
    """An accumulation that divides is fine."""
    outcome = run(accumulation_not_normalised, evidence_with({"experiment.accumulate": 8}))
    assert outcome.status in {"passed", "skipped"}, outcome


def test_cured_by_the_average() -> None:
    """A run that does well and does far better averaged has its cause, whatever the optimizer."""
    outcome = run(
        accumulation_not_normalised,
        evidence_with(
            {
                "experiment.accumulate": 8,
                "experiment.accumulate_normalised": False,
                "trials": paired_trials({"as-configured": (0.8, 0.78), "averaged": (0.95, 0.96)}),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert outcome.finding.severity == "error"
    assert "averaged, the same run gets" in outcome.finding.message
