from cnndoctor.check import run
from cnndoctor.checks.model.pooling_in_dense_prediction import pooling_in_dense_prediction
from cnndoctor.evidence.setup import Layer
from tests.changed import evidence_with
from tests.healthy import healthy_evidence


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(pooling_in_dense_prediction, healthy_evidence()).finding is None


def test_one_pixel() -> None:
    """A map of two pixels in a segmentation of 64 that fails is told."""
    outcome = run(
        pooling_in_dense_prediction,
        evidence_with(
            {
                "experiment.task": "segmentation",
                "train": None,
                "setup.layers": (
                    Layer(
                        path="down",
                        kind="Conv2d",
                        position=0,
                        input_shape=(4, 3, 64, 64),
                        output_shape=(4, 8, 2, 2),
                    ),
                ),
            }
        ),
    )
    assert outcome.finding is not None, outcome
    assert (outcome.finding.severity or pooling_in_dense_prediction.severity) == "warning"
    assert "64 pixels to 2" in outcome.finding.message


def test_classification() -> None:
    """Classification wants no places."""
    outcome = run(
        pooling_in_dense_prediction,
        evidence_with(
            {
                "train": None,
                "setup.layers": (
                    Layer(
                        path="down",
                        kind="Conv2d",
                        position=0,
                        input_shape=(4, 3, 64, 64),
                        output_shape=(4, 8, 2, 2),
                    ),
                ),
            }
        ),
    )
    assert outcome.status in {"passed", "skipped"}, outcome
