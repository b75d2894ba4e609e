from cnndoctor.check import run
from cnndoctor.checks.model.pooling_in_dense_prediction import pooling_in_dense_prediction
from cnndoctor.evidence.setup import Layer
from tests.healthy import healthy_evidence
from tests.verdicts import found, silent

DOWN = Layer(path="down", kind="Conv2d", position=0, input_shape=(4, 3, 64, 64), output_shape=(4, 8, 2, 2))


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(pooling_in_dense_prediction, healthy_evidence()).finding is None


def test_one_pixel() -> None:
    """A map of two pixels in a segmentation of 64 that fails is told."""
    finding = found(
        pooling_in_dense_prediction,
        {"experiment.task": "segmentation", "train": None, "setup.layers": (DOWN,)},
    )
    assert finding.severity == "warning"
    assert "64 pixels to 2" in finding.message


def test_classification() -> None:
    """Classification wants no places."""
    assert silent(pooling_in_dense_prediction, {"train": None, "setup.layers": (DOWN,)})
