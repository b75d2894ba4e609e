from cnndoctor.check import run
from cnndoctor.checks.loss.loss_goes_the_wrong_way import loss_goes_the_wrong_way
from tests.changed import evidence_with, failed_train
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(loss_goes_the_wrong_way, healthy_evidence()).finding is None


def test_maximize() -> None:
    """maximize=True is an error."""
    outcome = run(loss_goes_the_wrong_way, evidence_with({"setup.optimizer.maximize": True}))
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or loss_goes_the_wrong_way.severity) == "error"
    assert "maximize" in outcome.finding.message


def test_negative() -> None:
    """A negative cross-entropy is an error."""
    outcome = run(loss_goes_the_wrong_way, evidence_with({"first_batch.loss.value": -2.3}))
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or loss_goes_the_wrong_way.severity) == "error"
    assert "cannot be negative" in outcome.finding.message


def test_labels() -> None:
    """A negative BCE with labels 1 and 2 points to the labels."""
    outcome = run(
        loss_goes_the_wrong_way,
        evidence_with(
            {
                "setup.loss.name": "BCEWithLogitsLoss",
                "first_batch.loss.value": -2.3,
                "data.train.targets.minimum": 1.0,
                "data.train.targets.maximum": 2.0,
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or loss_goes_the_wrong_way.severity) == "error"
    assert "from 1 to 2" in outcome.finding.message


def test_falls_without_end() -> None:
    """A loss of the user's own that falls without end at chance is an error."""
    outcome = run(
        loss_goes_the_wrong_way,
        evidence_with(
            {"setup.loss.known": False, "train": failed_train(losses=tuple(-3.0 * i for i in range(40)))}
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or loss_goes_the_wrong_way.severity) == "error"
    assert "without end" in outcome.finding.message


def test_meant() -> None:
    """A negative loss that is meant is fine."""
    outcome = run(
        loss_goes_the_wrong_way,
        evidence_with({"first_batch.loss.value": -2.3, "experiment.intent_negative_loss": True}),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
