from cnndoctor.check import run
from cnndoctor.checks.model.wrong_multilabel_output import wrong_multilabel_output
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent

# Targets of zeros and ones, one for each of ten labels.
VECTORS = {
    "first_batch.loss.target_shape": (32, 10),
    "first_batch.loss.output_shape": (32, 10),
    "data.train.targets.integral": True,
    "data.train.targets.maximum": 1.0,
    "data.train.targets.minimum": 0.0,
}


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(wrong_multilabel_output, healthy_evidence()).finding is None


def test_cross_entropy() -> None:
    """CrossEntropyLoss on vectors with several labels is an error."""
    finding = found(wrong_multilabel_output, {**VECTORS, "data.train.labels.one_hot": 0.3})
    assert finding.severity == "error"
    assert "30%" in finding.message


def test_softmax_before_bce() -> None:
    """So is a softmax before BCELoss."""
    finding = found(
        wrong_multilabel_output,
        {**VECTORS, "setup.loss.name": "BCELoss", "first_batch.output.sums_to_one": (1,)},
    )
    assert finding.severity == "error"
    assert "softmax" in finding.message


def test_one_hot() -> None:
    """One-hot targets are exclusive."""
    assert silent(wrong_multilabel_output, {**VECTORS, "data.train.labels.one_hot": 1.0})
