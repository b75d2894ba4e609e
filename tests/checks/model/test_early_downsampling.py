from dataclasses import replace

from cnndoctor.check import run
from cnndoctor.checks.model.early_downsampling import early_downsampling
from cnndoctor.evidence.setup import Layer
from cnndoctor.finding import Finding
from tests.changed import evidence_with, paired_trials
from tests.healthy import healthy_evidence
from tests.stems import stem
from tests.verdicts import found, silent


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


def test_a_stem_for_large_pictures_by_paired_runs() -> None:
    """Runs with a stride of 1 that go clearly further on two seeds accuse it, in a run that trains as well; little does not."""
    facts = {"setup.layers": stem()}
    proof = paired_trials({"as-configured": (0.78, 0.68), "finer": (0.95, 0.92)})
    finding = found(early_downsampling, {**facts, "trials": replace(proof, reason="asked")})
    assert finding.severity == "warning"
    assert finding.confirmed
    assert "24x24 are down to 6x6 behind stem.1" in finding.message
    assert finding.places[0].name == "stem.1"
    little = paired_trials({"as-configured": (0.93, 0.93), "finer": (0.98, 0.97)})
    assert silent(early_downsampling, {**facts, "trials": replace(little, reason="asked")})
    assert silent(early_downsampling, {**facts, "trials": None})
