from cnndoctor.check import run
from cnndoctor.checks.loss.loss_goes_the_wrong_way import loss_goes_the_wrong_way
from tests.changed import failed_train
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(loss_goes_the_wrong_way, healthy_evidence()).finding is None


def test_maximize() -> None:
    """maximize=True is an error."""
    finding = found(loss_goes_the_wrong_way, {"setup.optimizer.maximize": True})
    assert finding.severity == "error"
    assert "maximize" in finding.message


def test_negative() -> None:
    """A negative cross-entropy is an error."""
    finding = found(loss_goes_the_wrong_way, {"first_batch.loss.value": -2.3})
    assert finding.severity == "error"
    assert "cannot be negative" in finding.message


def test_labels() -> None:
    """A negative BCE with labels 1 and 2 points to the labels."""
    finding = found(
        loss_goes_the_wrong_way,
        {
            "setup.loss.name": "BCEWithLogitsLoss",
            "first_batch.loss.value": -2.3,
            "data.train.targets.minimum": 1.0,
            "data.train.targets.maximum": 2.0,
        },
    )
    assert finding.severity == "error"
    assert "from 1 to 2" in finding.message


def test_falls_without_end() -> None:
    """A loss of the user's own that falls without end at chance is an error."""
    finding = found(
        loss_goes_the_wrong_way,
        {"setup.loss.known": False, "train": failed_train(losses=tuple(-3.0 * i for i in range(40)))},
    )
    assert finding.severity == "error"
    assert "without end" in finding.message


def test_meant() -> None:
    """A negative loss that is meant is fine."""
    assert silent(
        loss_goes_the_wrong_way, {"first_batch.loss.value": -2.3, "experiment.intent_negative_loss": True}
    )


def test_a_loss_of_the_users_own_may_be_negative() -> None:
    """A policy's cross-entropy weighted by signed advantages falls below zero by right."""
    own = {
        "setup.loss.name": "PolicyLoss",
        "setup.loss.known": False,
        "setup.loss.inner": "log_softmax",
        "first_batch.loss.value": -0.4,
    }
    assert silent(loss_goes_the_wrong_way, own)


def test_what_a_step_takes_off_its_loss_may_make_it_negative() -> None:
    """A penalty below zero that the step reports, and a bonus that it does not in a run that learns, turn no sign."""
    negative = {"first_batch.loss.value": -2.3, "experiment.custom_step": True}
    assert silent(loss_goes_the_wrong_way, negative)
    assert found(loss_goes_the_wrong_way, {**negative, "train": failed_train()}).severity == "error"
    reported = {**negative, "train": failed_train(), "first_batch.loss.penalty": -3.0}
    assert silent(loss_goes_the_wrong_way, reported)


def test_a_score_of_masks_that_is_minimised() -> None:
    """A loss that grows as predictions come closer to their masks is an error, unless it is maximised or meant."""
    turned = {"first_batch.loss.prefers_opposite": True}
    finding = found(loss_goes_the_wrong_way, turned)
    assert finding.severity == "error"
    assert "closer to its mask" in finding.message
    assert silent(loss_goes_the_wrong_way, {**turned, "setup.optimizer.maximize": True})
    assert silent(loss_goes_the_wrong_way, {**turned, "experiment.intent_negative_loss": True})
