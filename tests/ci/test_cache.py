"""A report is taken from the cache only when nothing it depends on changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndoctor.ci.cache import Cache, cache_key
from cnndoctor.commands.many import Examination, through_cache
from cnndoctor.config import Config, load
from cnndoctor.errors import ExitCode
from cnndoctor.report import ConfigIdentity, Report, StageResult, Tool, Verdict

CONFIG = """\
model: {_target_: net.Net}
data: {train: {_target_: net.train, root: images}}
loss: {_target_: torch.nn.CrossEntropyLoss}
optimizer: {_target_: torch.optim.SGD, lr: 0.1}
train: {epochs: 1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an experiment, its code and its data."""
    (tmp_path / "a.yaml").write_text(CONFIG)
    (tmp_path / "net.py").write_text("OUT = 'runs'\n")
    (tmp_path / "images").mkdir()
    (tmp_path / "images/1.png").write_text("png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def key(overrides: tuple[str, ...] = (), **options: object) -> str:
    """Return the key of the experiment as it stands now."""
    return cache_key(load(Path("a.yaml"), overrides), options, leave_out=(Path("runs"),))


def report_of(config: Config, *stages: StageResult) -> Report:
    """Return a report that says nothing but which experiment it is."""
    return Report(
        tool=Tool(version="1"),
        verdict=Verdict.HEALTHY,
        summary="nothing found",
        config=ConfigIdentity(name="a", path=str(config.path), sha256=config.sha256),
        stages=stages,
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", CONFIG + "seed: 1\n"),
        ("net.py", "OUT = 'x'\n"),
        ("images/1.png", "other"),
        ("images/2.png", ""),
    ],
)
def test_any_change_shows(folder: Path, name: str, text: str) -> None:
    """The experiment file, the code, a data file and a new data file each make another key."""
    before = key()
    assert before == key()
    (folder / name).write_text(text)
    assert before != key()


def test_options_count(folder: Path) -> None:
    """Another seed or setting is another examination."""
    assert len({key(), key(seed=1), key(("optimizer.lr=0.2",)), key(effort="smoke")}) == 4


def test_what_runs_leave_behind_does_not_count(folder: Path) -> None:
    """Code that names the folder of runs does not make each run change the key."""
    before = key()
    (folder / "runs").mkdir()
    (folder / "runs/history.jsonl").write_text("x")
    assert before == key()


def test_second_time_nothing_is_examined(folder: Path) -> None:
    """The second examination is the first one's report, from a folder that git leaves alone."""
    calls = []

    def examine(config: Config) -> Examination:
        calls.append(config)
        return Examination(config=config, report=report_of(config))

    again = through_cache(examine, Cache(folder=folder / "kept"), lambda _config: "key")
    first, second = (again(load(Path("a.yaml"))) for _ in range(2))
    assert len(calls) == 1
    assert (first.cached, second.cached) == (False, True)
    assert second.report == first.report
    assert (folder / "kept/.gitignore").read_text() == "*\n"


@pytest.mark.parametrize("broken", ["stage", "interrupted", "damaged"])
def test_what_did_not_end_well_is_tried_again(folder: Path, broken: str) -> None:
    """A crashed stage, an interruption and a damaged file are no results."""
    calls = []

    def examine(config: Config) -> Examination:
        calls.append(config)
        stages = [StageResult(name="data", status="crashed", note="no memory")] if broken == "stage" else []
        code = ExitCode.INTERRUPTED if broken == "interrupted" else ExitCode.OK
        return Examination(config=config, report=report_of(config, *stages), broken=code)

    again = through_cache(examine, Cache(folder=folder / "kept"), lambda _config: "key")
    again(load(Path("a.yaml")))
    if broken == "damaged":
        (folder / "kept/key.json").write_text("{")
    again(load(Path("a.yaml")))
    assert len(calls) == 2
