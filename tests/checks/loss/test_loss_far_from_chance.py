from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.loss.loss_far_from_chance import loss_far_from_chance
from tests.changed import failed_train
from tests.healthy import healthy_evaluation, healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(loss_far_from_chance, healthy_evidence()).finding is None


def test_huge() -> None:
    """A first loss of 40 for ten classes is a warning in a run that fails."""
    finding = found(loss_far_from_chance, {"first_batch.loss.value": 40.0, "train": failed_train()})
    assert finding.severity == "warning"
    assert "ratio" in finding.message


def test_good() -> None:
    """Fine where the run learns well."""
    assert silent(loss_far_from_chance, {"first_batch.loss.value": 40.0})


def test_weighted() -> None:
    """Class weights are not judged."""
    assert silent(
        loss_far_from_chance,
        {"first_batch.loss.value": 40.0, "setup.loss.has_class_weights": True, "train": failed_train()},
    )


def test_outputs_that_nobody_saw() -> None:
    """A step that hides its outputs gets neither a place nor a number of them."""
    finding = found(
        loss_far_from_chance,
        {
            "first_batch.loss.value": 40.0,
            "first_batch.output.shape": (),
            "first_batch.output.last_layer": "",
            "train": failed_train(),
        },
    )
    assert finding.places == ()
    assert "outputs" not in finding.message


def test_a_training_that_is_spent_on_unlearning() -> None:
    """A run that ends above the loss of a constant prediction is surer than one that has come below."""
    above = replace(failed_train(), train=healthy_evaluation("train", 1433, 34.0, 0.4))
    finding = found(loss_far_from_chance, {"first_batch.loss.value": 280.0, "train": above})
    assert finding.confidence == 0.7
    assert "still above: 34" in finding.message
