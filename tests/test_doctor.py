"""One examination: the same evidence every time, nothing of the process disturbed, nothing saved unasked."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from cnndoctor import codec
from cnndoctor.config import load
from cnndoctor.doctor import Examined, Options, diagnose
from cnndoctor.errors import UsageError
from cnndoctor.evidence import Evidence
from cnndoctor.finding import Severity
from cnndoctor.patient.randomness import seed_everything
from cnndoctor.reporting.rendering import render
from cnndoctor.runs.recheck import recheck
from cnndoctor.runs.run_folder import RunFolder
from tests.small import SMALL, node

CLOCKS = {"seconds", "seconds_per_batch", "seconds_per_step", "wait_share", "starved_share", "overhead"}
FEW = ("setup", "data")


def examine(*settings: str, **options: object) -> Examined:
    """Examine the small experiment without saving."""
    return diagnose(load(SMALL, settings), Options(**{"out": None, **options}))  # type: ignore[arg-type]


def timeless(evidence: Evidence) -> dict[str, object]:
    """Return evidence as plain data without what a clock said."""
    records = {f.name: getattr(evidence, f.name) for f in dataclasses.fields(evidence)}
    return {
        name: _without_clocks(json.loads(codec.dumps(record))) for name, record in records.items() if record
    }


def _without_clocks(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_clocks(member) for key, member in value.items() if key not in CLOCKS}
    return [_without_clocks(member) for member in value] if isinstance(value, list) else value


def test_same_seed_gives_the_same_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two examinations of one seed see the very same, dropout and shuffling included, whatever came before them."""
    settings = ("model.dropout=0.2", "train.epochs=2")
    first = examine(*settings)
    seed_everything(99)
    assert timeless(examine(*settings).evidence) == timeless(first.evidence)
    assert all(stage.status == "ran" for stage in first.report.stages)


def test_randomness_of_the_process_is_left_alone() -> None:
    """Whoever calls the doctor draws the numbers they would have drawn."""
    seed_everything(5)
    expected = (random.random(), float(np.random.rand()), torch.rand(1).item())  # noqa: NPY002
    seed_everything(5)
    examine(only=FEW)
    assert (random.random(), float(np.random.rand()), torch.rand(1).item()) == expected  # noqa: NPY002


def test_nothing_is_saved_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an output folder the disk stays as it is."""
    monkeypatch.chdir(tmp_path)
    examined = examine(only=FEW)
    assert examined.folder is None
    assert not list(tmp_path.iterdir())


def test_costly_training_is_spared_a_sure_error() -> None:
    """A sure error that keeps the run from training stops the full training, unless one wants to go on."""
    sick = f"data.train={node('Spoiled', size=48)}"
    stages = {s.name: s for s in examine(sick, only=(*FEW, "train"), select=("data",)).report.stages}
    assert stages["train"].status == "skipped"
    assert "makes a full training pointless; --keep-going" in stages["train"].note
    stages = {
        s.name: s
        for s in examine(sick, only=(*FEW, "train"), select=("data",), keep_going=True).report.stages
    }
    assert stages["train"].status == "ran"


def test_a_training_of_seconds_is_watched_beside_a_sure_error() -> None:
    """Where it takes no half minute by the pace of the range test, it may show a second fault; no changes are tried out."""
    sick = f"data.train={node('Blank', size=48)}"
    asked = (*FEW, "lr-range", "train")
    examined = examine(sick, "stages.lr_range={steps: 20, seeds: 1}", only=asked, select=("data",))
    assert examined.report.causes[0].severity is Severity.ERROR
    assert {s.name: s for s in examined.report.stages}["train"].status == "ran"
    assert examined.evidence.trials is None


def test_scores_at_fault_are_no_reason_not_to_train() -> None:
    """An error that is about validation alone leaves the training worth watching: it may hide a second fault."""
    leak = f"data.validation={node('Blobs', size=48)}"
    report = examine(leak, only=(*FEW, "train"), select=("data",)).report
    assert report.causes[0].severity is Severity.ERROR
    assert {s.name: s for s in report.stages}["train"].status == "ran"


def test_another_experiment_is_not_resumed(tmp_path: Path) -> None:
    """Evidence is taken over from a run of the same experiment only; more epochs are the same experiment."""
    folder = examine(only=FEW, out=tmp_path).folder
    assert isinstance(folder, RunFolder)
    with pytest.raises(UsageError, match=r"another experiment \('optimizer.lr' differs\)"):
        examine("optimizer.lr=0.2", resume=folder)
    with pytest.raises(UsageError, match="its seed is 3, not 4"):
        examine(seed=4, resume=folder)
    again = examine("train.epochs=9", resume=folder, only=FEW)
    assert [s.note for s in again.report.stages if s.status == "ran"] == [
        f"taken over from {folder.path.name}"
    ] * 2
    assert timeless(again.evidence)["data"] == timeless(examine(only=FEW).evidence)["data"]


def test_pictures_outlive_the_examination(tmp_path: Path) -> None:
    """What a cause names is pictured once: the saved report shows it, judging again keeps it, and nobody has to have it."""
    path = Path(__file__).parents[1] / "configs/patients/conflicting-labels.yaml"
    config = load(path)
    examined = diagnose(config, Options(out=tmp_path, only=FEW, device="cpu"))
    assert examined.folder is not None
    (gallery,) = examined.report.galleries
    assert (gallery.check, len(gallery.pictures)) == ("conflicting-labels", 6)
    assert examined.folder.read_report().galleries == examined.report.galleries
    assert recheck(examined.folder, config).galleries == examined.report.galleries
    page = render(examined.folder.read_report(), "html", config.text)
    assert page.count("data:image/png;base64,") == 6
    assert len(page) < 1_000_000
    without = diagnose(load(path, ["stages.data.pictures=0"]), Options(out=None, only=FEW, device="cpu"))
    assert without.report.galleries == ()
