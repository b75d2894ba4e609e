from cnndoctor.check import run
from cnndoctor.checks.model.oversized_dense_layer import oversized_dense_layer
from cnndoctor.evidence.setup import Layer
from tests.healthy import healthy_evidence
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(oversized_dense_layer, healthy_evidence()).finding is None


def test_one_big_layer() -> None:
    """A dense layer with nearly all parameters is told."""
    finding = found(
        oversized_dense_layer,
        {
            "train": None,
            "setup.layers": (
                Layer(path="conv", kind="Conv2d", parameters=100),
                Layer(path="fc", kind="Linear", parameters=1_000_000),
            ),
        },
    )
    assert finding.severity == "warning"
    assert "fc" in finding.message


def test_good() -> None:
    """A note where the run learns well."""
    finding = found(
        oversized_dense_layer,
        {
            "setup.layers": (
                Layer(path="conv", kind="Conv2d", parameters=100),
                Layer(path="fc", kind="Linear", parameters=1_000_000),
            )
        },
    )
    assert finding.severity == "note"
    assert "fc" in finding.message
