"""The command that holds thresholds against saved runs, and the page that it writes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import typer

import thresholds
from cnndoctor.catalogue import by_id
from cnndoctor.runs.run_folder import RunFolder
from scoreboard.cases import Expected
from scoreboard.saved_runs import SavedRun
from scoreboard.thresholds_page import Thresholds, thresholds_page
from scoreboard.thresholds_tally import KnownRun, tally
from tests.healthy import healthy_evidence, healthy_experiment
from tests.scripts.scoreboard.made import case

HEALTHY = "configs/healthy/mlp-adam.yaml"


def test_the_page_says_what_is_tight_and_what_is_not_decided() -> None:
    """A threshold whose half flags a sound run stands on top with that run's name; one that moves nothing is marked."""
    data = healthy_evidence().data
    assert data is not None
    counts = {"0": 140, "1": 20}  # seven times: between half and the whole of the limit of ten
    labels = replace(data.train.labels, histogram=counts)
    sound = healthy_evidence(data=replace(data, train=replace(data.train, labels=labels)))
    checks = (by_id("class-imbalance"), by_id("frozen-layers"))
    runs = [SavedRun(folder=Path("run"), case=case(HEALTHY, Expected()), seed=0)]
    material = Thresholds(
        runs=runs,
        left_out={"of experiments that are gone": 2},
        checks=checks,
        tally=tally([KnownRun(expected=Expected(), evidence=sound)], checks),
    )
    text = thresholds_page(material)
    assert "1 runs of 1 experiments" in text
    assert "Left out: 2 of experiments that are gone." in text
    imbalance = next(line for line in text.splitlines() if line.startswith("| `class-imbalance`"))
    assert "5, **10**, 20 | 0 | 1 → 0 → 0 |" in imbalance
    assert re.search(r"`frozen-layers`; .* not decided by these runs \|", text)


def test_the_command_reads_folders_and_writes_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the clinic kept is judged again, and the page holds no path of the machine it was made on."""
    few: Callable[[], tuple[object, ...]] = lambda: (by_id("dead-relu"),)  # noqa: E731 - one check is enough
    monkeypatch.setattr(thresholds, "all_checks", few)
    run = RunFolder(path=tmp_path / "healthy-mlp-adam-0" / "mlp-adam" / "20260101-000000-abc")
    run.write_evidence(healthy_evidence(experiment=replace(healthy_experiment(), path=HEALTHY)))
    run.write("config.yaml", (thresholds.ROOT / HEALTHY).read_text(encoding="utf-8"))
    run.write("report.json", "{}")
    thresholds.main([tmp_path], out=tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == text.strip()
    assert "| `dead-relu`; " in text
    assert str(tmp_path) not in text


def test_folders_without_runs_are_refused(tmp_path: Path) -> None:
    """Nothing to judge is a wrong use, and no empty page."""
    with pytest.raises(typer.Exit) as refused:
        thresholds.main([tmp_path])
    assert refused.value.exit_code == 2
