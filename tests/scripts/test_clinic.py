"""The clinic's command: what it counts as well, what it leaves out; and that every healthy run can be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import clinic
from cnndoctor import factory
from cnndoctor.config import load
from scoreboard.state import experiment_hash
from tests.scripts.scoreboard.made import CATALOGUE, case, record, said

ROOT = Path(__file__).resolve().parents[2]
HEALTHY = sorted((ROOT / "configs" / "healthy").glob("*.yaml"))


def test_a_crash_of_ours_is_never_well() -> None:
    """A stage that broke by our own fault spoils even a hit."""
    assert clinic._well(case(), record(said("dead-relu")), CATALOGUE)
    assert not clinic._well(case(), record(said("dead-relu"), crashes=("own fault",)), CATALOGUE)


def test_results_of_what_changed_since_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A result of an older version of an experiment is counted as left out, one of a foreign experiment is no matter."""
    monkeypatch.setattr(clinic, "ROOT", tmp_path)
    folder = tmp_path / "patients"
    folder.mkdir()
    (folder / "a.yaml").write_text("name: a\n", encoding="utf-8")
    old = record(config="patients/a.yaml")
    new = replace(old, experiment=experiment_hash(folder / "a.yaml"))
    records = [old, replace(new, config="patients/b.yaml"), replace(new, seed=2), replace(new, seed=1)]
    made = clinic._material([case("patients/a.yaml")], records, CATALOGUE, "overfitting", [])
    assert [kept.seed for _, kept in made.pairs] == [1, 2]
    assert made.stale == 1


@pytest.mark.parametrize("config", HEALTHY, ids=[config.stem for config in HEALTHY])
def test_healthy_runs_bind(config: Path) -> None:
    """Every healthy run names callables that exist and accept their arguments."""
    assert factory.check(load(config)) == ()
