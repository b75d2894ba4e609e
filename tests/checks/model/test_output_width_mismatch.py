from cnndoctor.check import run
from cnndoctor.checks.model.output_width_mismatch import output_width_mismatch
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(output_width_mismatch, healthy_evidence()).finding is None


def test_nine_for_ten() -> None:
    """Nine outputs for ten classes are an error."""
    finding = found(
        output_width_mismatch,
        {"first_batch.output.shape": (32, 9), "setup.output_shape": (32, 9), "setup.class_names": ()},
    )
    assert finding.severity == "error"
    assert "9 outputs for 10" in finding.message


def test_nine_for_ten_that_raise() -> None:
    """Also when no batch went through."""
    finding = found(
        output_width_mismatch, {"first_batch": None, "setup.output_shape": (32, 9), "setup.class_names": ()}
    )
    assert finding.severity == "error"
    assert "9 outputs" in finding.message


def test_thousand_for_ten() -> None:
    """A thousand outputs for ten classes do no harm: a note."""
    finding = found(output_width_mismatch, {"first_batch.output.shape": (32, 1000)})
    assert finding.severity == "note"
    assert "1000" in finding.message


def test_labels_from_one() -> None:
    """Labels from 1 to 10 are a fault of the labels."""
    assert silent(output_width_mismatch, {"data.train.labels.histogram": {str(i): 100 for i in range(1, 11)}})


def test_a_loss_that_went_through_on_labels_without_outputs() -> None:
    """Five outputs for ten classes would be refused at once: a step gives the loss other labels, or names other outputs."""
    five = {"first_batch.output.shape": (40, 5), "setup.output_shape": (40, 5), "setup.class_names": ()}
    assert silent(output_width_mismatch, five)
    assert found(output_width_mismatch, {**five, "first_batch.loss.value": float("nan")}).severity == "error"
