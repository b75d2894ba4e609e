from cnndoctor.check import run
from cnndoctor.checks.model.early_downsampling import early_downsampling
from cnndoctor.evidence.setup import Layer
from cnndoctor.finding import Finding
from tests.changed import evidence_with
from tests.healthy import healthy_evidence
from tests.verdicts import found


def test_silent_on_the_healthy_run() -> None:
    """The healthy run gives no finding."""
    assert run(early_downsampling, healthy_evidence()).finding is None


def test_one_pixel() -> None:
    """Most convolutions on a single pixel are told."""
    finding = found(
        early_downsampling,
        {
            "train": None,
            "setup.layers": tuple(
                Layer(
                    path=f"c{i}",
                    kind="Conv2d",
                    position=i,
                    input_shape=(32, 8, side, side),
                    output_shape=(32, 8, max(1, side // 4), max(1, side // 4)),
                    settings={"kernel_size": "3"},
                )
                for i, side in enumerate((16, 4, 1, 1, 1, 1))
            ),
        },
    )
    assert finding.severity == "warning"
    assert "single pixel" in finding.message


def test_a_stride_beyond_the_kernel() -> None:
    """A first convolution that steps over most of its input is told; projections of one and patches are not."""

    def first(kernel: str, stride: str) -> Finding | None:
        layer = Layer(
            path="stem",
            kind="Conv1d",
            position=0,
            input_shape=(32, 3, 96),
            settings={"kernel_size": kernel, "stride": stride, "dilation": "1"},
        )
        return run(early_downsampling, evidence_with({"train": None, "setup.layers": (layer,)})).finding

    finding = first("7", "32")
    assert finding is not None
    assert "7 of every 32" in finding.message
    assert first("1", "2") is None
    assert first("16", "16") is None
    assert first("7", "8") is None
