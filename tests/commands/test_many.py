"""Several experiments: in order, also side by side, with one table and one exit code."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest

from cnndoctor.commands.many import Examination, examine_apart, examined_in_order, summary, worst
from cnndoctor.config import Config, load
from cnndoctor.errors import ExitCode
from cnndoctor.finding import Grade, Severity
from cnndoctor.report import Cause, ConfigIdentity, Report, Tool, Verdict

EXPERIMENT = """\
name: e%d
model: {_target_: torch.nn.Linear, in_features: 1, out_features: 1}
data: {train: {_target_: cnndoctor.datasets.digits, split: train}}
loss: {_target_: torch.nn.CrossEntropyLoss}
optimizer: {_target_: torch.optim.SGD, lr: 0.1}
train: {epochs: 1}
"""


@pytest.fixture
def configs(tmp_path: Path) -> list[Config]:
    """Four experiments."""
    for number in range(4):
        (tmp_path / f"{number}.yaml").write_text(EXPERIMENT % number)
    return [load(tmp_path / f"{number}.yaml") for number in range(4)]


def test_order_is_kept_and_no_more_than_asked_at_a_time(configs: list[Config]) -> None:
    """The slowest comes first in the list and is told first; two jobs are two at a time."""
    running, most, lock = 0, 0, threading.Lock()

    def examine(config: Config) -> Examination:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05 if config.name == "e0" else 0.005)
        with lock:
            running -= 1
        return Examination(config=config)

    told = [each.config.name for each in examined_in_order(configs, examine, 2)]
    assert told == ["e0", "e1", "e2", "e3"]
    assert most == 2


def test_an_interruption_ends_the_round(configs: list[Config]) -> None:
    """After an interrupted experiment no other is begun."""
    examined = examined_in_order(
        configs, lambda config: Examination(config=config, broken=ExitCode.INTERRUPTED), 1
    )
    assert len(list(examined)) == 1


def test_worst_code_wins() -> None:
    """Our own fault is worse than wrong usage, that worse than findings, that worse than a stage that could not run."""
    assert worst([ExitCode.OK, ExitCode.STAGE_UNABLE, ExitCode.FINDINGS]) is ExitCode.FINDINGS
    assert worst([ExitCode.FINDINGS, ExitCode.USAGE]) is ExitCode.USAGE
    assert worst([]) is ExitCode.OK


def test_summary_is_a_table(configs: list[Config]) -> None:
    """One line an experiment with its foremost cause, then the counts and the exit code."""
    cause = Cause(check="dead-relu", family="activations", severity=Severity.ERROR, confidence=0.97, grade=Grade.B,
                  title="t", message="m")  # fmt: skip
    report = Report(
        tool=Tool(),
        verdict=Verdict.UNHEALTHY,
        summary="1 error",
        config=ConfigIdentity(name="e0", path="0.yaml", sha256=""),
        causes=(cause,),
        seconds=12.3,
    )
    done = [
        Examination(config=configs[0], report=report),
        Examination(config=configs[1], broken=ExitCode.USAGE),
    ]
    lines = summary(done, [ExitCode.FINDINGS, ExitCode.USAGE], not_begun=2).splitlines()
    assert lines[0].split() == ["EXPERIMENT", "RESULT", "VERDICT", "FOREMOST", "CAUSE", "TIME"]
    assert "failed" in lines[1]
    assert "unhealthy  error dead-relu, 97%  12 s" in lines[1]
    assert lines[3] == "4 experiments: 1 failed, 1 does not run as written, 2 not begun; exit code 130"


@pytest.mark.slow
def test_a_process_of_its_own(configs: list[Config], tmp_path: Path) -> None:
    """Our own command line in another process gives a report back, or what it said and how it ended."""
    arguments = ["--only", "setup", "--device", "cpu", "--out", str(tmp_path / "runs")]
    done = examine_apart(configs[0], arguments, jobs=2)
    assert done.report is not None
    assert done.report.config.name == "e0"
    wrong = examine_apart(configs[0], [*arguments, "--set", "train.epochs=-1"], jobs=2)
    assert wrong.report is None
    assert wrong.broken is ExitCode.USAGE
    assert "epochs" in wrong.said


def test_interruption_side_by_side(configs: list[Config]) -> None:
    """What is under way when the user interrupts is told; what was not begun is left."""
    release, second = threading.Event(), threading.Event()

    def examine(config: Config) -> Examination:
        if config.name == "e1":
            second.set()
        if config.name != "e0":
            release.wait(5)
        return Examination(config=config)

    examined = examined_in_order(configs, examine, 2)
    assert isinstance(examined, Generator)
    assert next(examined).config.name == "e0"
    assert second.wait(5)
    threading.Timer(0.05, release.set).start()
    told = [examined.throw(KeyboardInterrupt), *examined]
    assert [each.config.name for each in told] in (["e1"], ["e1", "e2"])
