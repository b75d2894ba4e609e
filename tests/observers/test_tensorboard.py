"""TensorBoard gets one folder a stage with what was told, and bad values break no file."""

import logging
import math
import sys
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from cnndoctor.config import load
from cnndoctor.doctor import Options, diagnose
from cnndoctor.observers.tensorboard import TensorBoardObserver
from cnndoctor.report import ConfigIdentity, FinalMetrics, Report, StageResult, Tool, Verdict
from tests.healthy import healthy_experiment


def logs(folder: Path) -> EventAccumulator:
    """Read a folder back as TensorBoard does."""
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    return accumulator


def test_each_stage_has_its_folder(tmp_path: Path) -> None:
    """Stages are numbered as they run; what is told outside of them goes to ``report``; skipped ones leave nothing."""
    board = TensorBoardObserver(tmp_path)
    board.stage_started("setup", "counts")
    board.stage_finished(StageResult(name="setup", status="ran"))
    board.stage_finished(StageResult(name="data", status="skipped"))
    board.stage_started("train", "trains")
    board.scalar("loss/train", 2.5, 1)
    board.scalar("loss/train", math.nan, 2)
    board.stage_finished(StageResult(name="train", status="ran", seconds=1.0))
    board.text("report", "# healthy")
    board.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["1-setup", "7-train", "report"]
    values = [event.value for event in logs(tmp_path / "7-train").Scalars("loss/train")]
    assert values[0] == 2.5
    assert math.isnan(values[1])
    assert "custom_scalars__config__" in logs(tmp_path / "7-train").Tags()["tensors"]


def test_histograms_and_images_come_back(tmp_path: Path) -> None:
    """Good ones are readable; empty, mismatched and non-finite ones are left out."""
    board = TensorBoardObserver(tmp_path)
    board.stage_started("first-batch", "looks")
    board.histogram("good", [1, 3], [0.0, 1.0, 2.0], 0)
    for counts, edges in (([], []), ([1], [0.0]), ([1], [0.0, math.nan]), ([0], [0.0, 1.0])):
        board.histogram("bad", counts, edges, 0)
    board.image("grey", np.zeros((4, 5), dtype=np.uint8), 0, "a caption")
    board.image("colour", np.zeros((4, 5, 3), dtype=np.uint8), 0)
    board.image("empty", np.zeros((0, 5), dtype=np.uint8), 0)
    board.text("empty", "  ")
    board.close()
    read = logs(tmp_path / "3-first-batch")
    assert read.Tags()["histograms"] == ["good"]
    histogram = read.Histograms("good")[0].histogram_value
    assert (histogram.num, histogram.sum, histogram.min, histogram.max) == (4.0, 5.0, 0.0, 2.0)
    assert sorted(read.Tags()["images"]) == ["colour", "grey"]
    assert (read.Images("grey")[0].width, read.Images("grey")[0].height) == (5, 4)


def test_missing_tensorboard_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the library nothing is written, one line says so, and nothing fails."""
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    board = TensorBoardObserver(tmp_path)
    with caplog.at_level(logging.WARNING):
        board.scalar("a", 1.0, 0)
        board.scalar("a", 1.0, 1)
        board.stage_started("train", "trains")
        board.close()
    assert len(caplog.records) == 1
    assert list(tmp_path.iterdir()) == []


def test_settings_and_results_are_one_line(tmp_path: Path) -> None:
    """HParams stand in the run that holds the report, with the results as its metrics; a missing one is left out."""
    report = Report(
        tool=Tool(),
        verdict=Verdict.HEALTHY,
        summary="nothing found",
        config=ConfigIdentity(name="digits", path="a.yaml", sha256=""),
        metrics=FinalMetrics(validation={"loss": 0.1, "accuracy": 0.98}),
    )
    board = TensorBoardObserver(tmp_path)
    board.concluded(report, healthy_experiment())
    board.close()
    (folder,) = tmp_path.iterdir()
    assert (folder.name, len(list(folder.iterdir()))) == ("report", 1)
    found = logs(folder)
    assert {tag: found.Scalars(tag)[0].value for tag in found.Tags()["scalars"]} == {
        "result/healthy": 1.0,
        "result/causes": 0.0,
        "result/validation loss": pytest.approx(0.1),
        "result/validation score": pytest.approx(0.98),
    }
    assert set(found.PluginTagToContent("hparams")) == {
        "_hparams_/experiment",
        "_hparams_/session_start_info",
        "_hparams_/session_end_info",
    }


def test_precision_and_recall_come_back(tmp_path: Path) -> None:
    """The curve holds what was counted; one without positives, without negatives or of unlike lengths is left out."""
    board = TensorBoardObserver(tmp_path)
    board.stage_started("train", "trains")
    board.precision_recall("cat", [4, 3, 0], [6, 1, 0], 7)
    for positives, negatives in (([0, 0], [3, 1]), ([2, 1], [0, 0]), ([2, 1], [3]), ([], [])):
        board.precision_recall("bad", positives, negatives, 0)
    board.close()
    read = logs(tmp_path / "7-train")
    (event,) = read.Tensors("cat")
    assert event.step == 7
    values = make_ndarray(event.tensor_proto)
    assert values[0].tolist() == [4, 3, 0]  # true positives
    assert values[3].tolist() == [0, 1, 4]  # false negatives
    assert values[4].tolist() == [pytest.approx(0.4), 0.75, 1.0]
    assert values[5].tolist() == [1.0, 0.75, 0.0]
    assert "bad" not in read.Tags()["tensors"]


@pytest.mark.slow
def test_an_examination_leaves_curves_and_pictures(tmp_path: Path) -> None:
    """Training ends with precision and recall of each class, and the samples with the largest loss, in its folder."""
    config = load(Path(__file__).parents[2] / "configs/digits.yaml", ["train.epochs=1"])
    examined = diagnose(config, Options(out=tmp_path, only=("setup", "data", "train"), device="cpu"))
    assert examined.folder is not None
    read = logs(examined.folder.tensorboard / "7-train")
    names = [f"validation/{name}" for name in ("zero", "one", "nine")]
    assert set(names) <= set(read.Tags()["tensors"])
    counts = make_ndarray(read.Tensors(names[0])[0].tensor_proto)
    assert counts[0][0] + counts[1][0] == 360 + 4  # at threshold 0 every validation sample counts as positive
    assert "worst/1" in read.Tags()["images"]
    data = logs(examined.folder.tensorboard / "2-data")
    assert {"train/samples", "validation/samples"} <= set(data.Tags()["images"])


def test_points_are_written_in_bundles_a_second_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Points wait for a second at most: two bundles at once after a pause, then one a second, the rest at the end."""
    now = 100.0
    monkeypatch.setattr("cnndoctor.observers.tensorboard.monotonic", lambda: now)
    board = TensorBoardObserver(tmp_path)
    board.stage_started("train", "trains")
    written = []
    for step, now in enumerate((100.0, 100.1, 100.2, 100.9, 101.0, 101.5)):  # noqa: B007 - the clock reads ``now``
        board.scalars({"loss/train": float(step), "lr": 0.1}, step)
        board.progress(step, None, "trains")
        assert board._writer is not None
        board._writer.flush()
        written.append(len(logs(tmp_path / "7-train").Scalars("loss/train")))
    board.close()
    assert written == [1, 2, 2, 2, 5, 5]
    assert [event.step for event in logs(tmp_path / "7-train").Scalars("lr")] == list(range(6))


def test_a_point_has_the_time_that_it_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That points are written together does not show: each has its own time."""
    board = TensorBoardObserver(tmp_path)
    board.stage_started("train", "trains")
    for step, told in enumerate((1000.0, 1000.25)):
        monkeypatch.setattr("cnndoctor.observers.tensorboard.time", lambda told=told: told)
        board.scalars({"loss/train": 1.0}, step)
    board.close()
    assert [event.wall_time for event in logs(tmp_path / "7-train").Scalars("loss/train")] == [
        1000.0,
        1000.25,
    ]


def test_a_bundle_of_very_many_points_is_thinned(tmp_path: Path) -> None:
    """Of 200 steps within a second every fourth is written, the last among them, and the epochs between them are all there."""
    board = TensorBoardObserver(tmp_path)
    board.stage_started("train", "trains")
    for step in range(200):
        board.scalars({"loss/train": float(step)}, step)
        if step % 50 == 49:
            board.scalars({"loss/train (epoch)": 1.0}, step)
    board.close()
    written = logs(tmp_path / "7-train")
    assert [event.step for event in written.Scalars("loss/train")] == list(range(3, 200, 4))
    assert [event.step for event in written.Scalars("loss/train (epoch)")] == [49, 99, 149, 199]
