"""Finding saved runs: the newest of each experiment and seed, and only of experiments that are as they were."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cnndoctor.runs.run_folder import RunFolder
from scoreboard.cases import Case
from scoreboard.saved_runs import Found, evidence_of, rules_of, saved_runs
from tests.healthy import healthy_evidence, healthy_experiment
from tests.scripts.scoreboard.made import case

CONFIG = "configs/patients/a.yaml"
TEXT = "name: a\nmodel: {_target_: torch.nn.Identity}\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with one experiment."""
    (tmp_path / "configs/patients").mkdir(parents=True)
    (tmp_path / CONFIG).write_text("# planted: dead-relu\n" + TEXT, encoding="utf-8")
    return tmp_path


def save(root: Path, time: str, *, seed: int = 0, text: str = TEXT, config: str = CONFIG) -> Path:
    """Leave behind what a finished examination does."""
    folder = RunFolder(path=root / "kept" / f"patients-a-{seed}" / "a" / f"{time}-abc")
    folder.write_evidence(healthy_evidence(experiment=replace(healthy_experiment(), path=config)))
    folder.write("config.yaml", text)
    folder.write("report.json", "{}")
    return folder.path


def found(root: Path) -> Found:
    """Return what is found in the folder of kept runs."""
    return saved_runs([root / "kept"], [case(CONFIG)], root)


def test_the_newest_of_each_seed_is_taken(repository: Path) -> None:
    """Of two runs with one seed the later counts; another seed is another run."""
    save(repository, "20260101-000000")
    newest = save(repository, "20260102-000000")
    other = save(repository, "20260101-000000", seed=12)
    seen = found(repository)
    assert [(run.folder, run.seed) for run in seen.runs] == [(newest, 0), (other, 12)]
    assert seen.left_out == {"examined again later": 1}


def test_what_is_no_experiment_of_today_is_left_out(repository: Path) -> None:
    """Gone and changed experiments and damaged evidence are counted, not judged; a comment is no change."""
    save(repository, "20260101-000000", config="configs/patients/b.yaml")
    save(repository, "20260102-000000", text=TEXT + "seed: 3\n")
    damaged = save(repository, "20260103-000000")
    (damaged / "evidence/data.json").write_text("{", encoding="utf-8")
    kept = save(repository, "20260104-000000", text="# another comment\n" + TEXT)
    seen = found(repository)
    assert [run.folder for run in seen.runs] == [kept]
    assert seen.left_out == {
        "with evidence that does not read": 1,
        "of experiments that are gone": 1,
        "of experiments that were changed since": 1,
    }


def test_a_run_that_was_interrupted_is_no_run(repository: Path) -> None:
    """Without a report an examination did not end, and half of its evidence says nothing."""
    (save(repository, "20260101-000000") / "report.json").unlink()
    assert found(repository).runs == ()


def test_a_run_is_read_with_what_its_experiment_sets(repository: Path) -> None:
    """The evidence is what was saved; thresholds and ignored checks are those of the experiment's file."""
    own = "thresholds: {dead-relu: {max_dead_share: 0.7}}\nignore: {overfitting: few samples}\n"
    text = Path(__file__).parents[3].joinpath("configs/digits.yaml").read_text(encoding="utf-8") + own
    (repository / CONFIG).write_text(text, encoding="utf-8")
    save(repository, "20260101-000000", text=text)
    (run,) = found(repository).runs
    assert isinstance(run.case, Case)
    assert evidence_of(run).experiment.path == CONFIG
    rules = rules_of(run, repository)
    assert rules.thresholds == {"dead-relu": {"max_dead_share": 0.7}}
    assert rules.ignore == {"overfitting": "few samples"}
