"""A run comes back from its folder as it went in; what is missing or damaged is told."""

from __future__ import annotations

import math
from dataclasses import fields
from pathlib import Path

import pytest

from cnndoctor.catalogue import all_checks
from cnndoctor.config import load
from cnndoctor.errors import RunNotReadable, UsageError
from cnndoctor.judge import judge
from cnndoctor.report import ConfigIdentity, Report, StageResult
from cnndoctor.reporters import FORMATS
from cnndoctor.reporting.rendering import SAVED, render, save_renderings
from cnndoctor.reporting.summary import assemble, final_metrics
from cnndoctor.runs.recheck import recheck
from cnndoctor.runs.run_folder import RECORDS, RunFolder, as_stored, new_run_folder
from tests.healthy import healthy_evidence
from tests.small import SMALL

STAGES = (StageResult(name="setup", status="ran"), StageResult(name="train", status="ran"))


def judged() -> Report:
    """Return the report of the healthy run, as a doctor writes it."""
    evidence = as_stored(healthy_evidence())
    return assemble(
        evidence,
        judge(evidence, all_checks()),
        config=ConfigIdentity(name="small", path="small.yaml", sha256="0" * 64),
        stages=STAGES,
        environment={"seed": 3},
        seconds=1.5,
    )


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """Return the folder of a saved healthy run."""
    made = new_run_folder(tmp_path, "small", "abcdef123")
    made.write_evidence(healthy_evidence())
    save_renderings(made, judged(), SMALL.read_text())
    return made


def test_every_record_has_its_file() -> None:
    """No field of the evidence is forgotten on disk."""
    assert set(RECORDS) == {field.name for field in fields(healthy_evidence())}


def test_evidence_comes_back(folder: RunFolder) -> None:
    """What was written is read, equal, with numbers to seven digits."""
    assert repr(folder.read_evidence()) == repr(as_stored(healthy_evidence()))  # repr, for NaN is not itself
    assert repr(as_stored(folder.read_evidence())) == repr(folder.read_evidence())


def test_report_comes_back(folder: RunFolder) -> None:
    """The report is read as it was written, and the three renderings lie beside it."""
    assert folder.read_report() == judged()
    assert all((folder.path / name).is_file() for name in SAVED)


def test_recheck_is_the_same_report(folder: RunFolder) -> None:
    """Nothing changed, nothing changes; with a threshold changed the judgement follows."""
    assert recheck(folder, load(SMALL)) == judged()
    stricter = recheck(folder, load(SMALL, ["thresholds={duplicate-samples: {max_share: -1}}"]))
    assert "duplicate-samples" in {cause.check for cause in stricter.causes}
    nothing = recheck(folder, load(SMALL), deselect=tuple({check.family for check in all_checks()}))
    assert {outcome.reason for outcome in nothing.outcomes} == {"not selected"}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_renders(name: str) -> None:
    """Every rendering takes the healthy report."""
    assert render(judged(), name, SMALL.read_text())


DAMAGE = {
    "cut short": b'{"name": "sm',
    "no text": b"\xff\xfe\x00",
    "another kind": b"[1, 2]",
    "unknown field": b'{"no_such_field": 1}',
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
@pytest.mark.parametrize("file", ["evidence/experiment.json", "evidence/train.json", "report.json"])
def test_damaged_files_are_named(folder: RunFolder, file: str, damage: bytes) -> None:
    """Whatever is wrong with a file, its name is told and nothing else escapes."""
    (folder.path / file).write_bytes(damage)
    with pytest.raises(RunNotReadable) as raised:
        folder.read_report() if file == "report.json" else folder.read_evidence()
    assert file in str(raised.value)


def test_missing_parts(folder: RunFolder, tmp_path: Path) -> None:
    """Stages that did not run are absent; a folder without a run is refused."""
    (folder.path / "evidence" / "train.json").unlink()
    (folder.path / "evidence" / "failures.json").unlink()
    evidence = folder.read_evidence()
    assert evidence.train is None
    assert evidence.failures.failures == ()
    for read in (RunFolder(path=tmp_path).read_evidence, RunFolder(path=tmp_path).read_report):
        with pytest.raises(RunNotReadable, match="holds no"):
            read()


def test_runs_of_one_second_have_their_own_folders(tmp_path: Path) -> None:
    """Nobody writes over another's run."""
    made = [new_run_folder(tmp_path, "small", "abcdef123").path for _ in range(3)]
    assert len(set(made)) == 3


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where runs should go is told."""
    (tmp_path / "runs").write_text("")
    with pytest.raises(UsageError, match=r"no run can be saved in '.*runs': Not a directory\. Name another"):
        new_run_folder(tmp_path / "runs", "small", "abc")


def test_final_metrics() -> None:
    """Loss and score of the final weights, per split; nothing without training."""
    train = healthy_evidence().train
    assert train is not None
    metrics = final_metrics(train)
    assert train.train is not None
    assert metrics.train["loss"] == train.train.loss
    assert math.isfinite(metrics.validation["accuracy"])
    assert final_metrics(None).train == {}
