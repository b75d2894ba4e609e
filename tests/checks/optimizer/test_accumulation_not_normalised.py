from cnndoctor.check import run
from cnndoctor.checks.optimizer.accumulation_not_normalised import accumulation_not_normalised
from tests.changed import evidence_with, failed_train, paired_trials
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent

SUMMED = {"experiment.accumulate": 8, "experiment.accumulate_normalised": False}


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(accumulation_not_normalised, healthy_evidence()).finding is None


def test_fails() -> None:
    """A sum over eight batches in a run that fails is a warning."""
    finding = found(accumulation_not_normalised, {**SUMMED, "train": failed_train()})
    assert finding.severity == "warning"
    assert "8 times" in finding.message


def test_above_the_band() -> None:
    """An error when the rate is above the usable band."""
    finding = found(accumulation_not_normalised, {**SUMMED, "train": None, "lr_range.band": (1e-5, 1e-3)})
    assert finding.severity == "error"
    assert "8 times" in finding.message


def test_adam() -> None:
    """A note under Adam."""
    finding = found(
        accumulation_not_normalised,
        {**SUMMED, "setup.optimizer.adaptive": True, "setup.optimizer.name": "Adam"},
    )
    assert finding.severity == "note"
    assert "Adam" in finding.message


def test_divided() -> None:
    """An accumulation that divides is fine."""
    assert silent(accumulation_not_normalised, {"experiment.accumulate": 8})


def test_cured_by_the_average() -> None:
    """A run that does well and does far better averaged has its cause, whatever the optimizer."""
    outcome = run(
        accumulation_not_normalised,
        evidence_with(
            {**SUMMED, "trials": paired_trials({"as-configured": (0.8, 0.78), "averaged": (0.95, 0.96)})}
        ),
    )
    assert outcome.finding is not None, outcome
    assert outcome.finding.severity == "error"
    assert "averaged, the same run gets" in outcome.finding.message
