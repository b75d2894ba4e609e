"""A report's exit code: findings, a program that cannot run, our own faults, stages that could not run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cnndoctor.errors import ExitCode
from cnndoctor.finding import Grade, Severity
from cnndoctor.report import Cause, ConfigIdentity, Report, StageResult, Symptom, Tool, Verdict
from cnndoctor.reporting.gate import OWN_FAULT, FailOn, exit_code

RAN = StageResult(name="setup", status="ran")
SKIPPED = StageResult(name="train", status="skipped", note="not asked for")
UNABLE = StageResult(name="train", status="crashed", note="no memory left")
BROKEN = StageResult(name="train", status="crashed", note=f"{OWN_FAULT}KeyError: 'x'")


def cause(severity: str, check: str = "dead-relu") -> Cause:
    """Return a cause of this severity."""
    return Cause(
        check=check,
        family="activations",
        severity=Severity(severity),
        confidence=0.9,
        grade=Grade.B,
        title="t",
        message="m",
    )


def report(*stages: StageResult, causes: tuple[Cause, ...] = ()) -> Report:
    """Return a report of these stages and causes."""
    return Report(
        tool=Tool(version="0"),
        verdict=Verdict.HEALTHY,
        summary="",
        config=ConfigIdentity(name="n", path="p", sha256="0"),
        environment={},
        seconds=0.0,
        stages=stages,
        causes=causes,
        outcomes=(),
    )


LEVELS = ("note", "warning", "error")


@pytest.mark.parametrize("severity", LEVELS)
@pytest.mark.parametrize("fail_on", ["never", *LEVELS])
def test_findings_at_or_above_the_gate(severity: str, fail_on: FailOn) -> None:
    """1 when a cause is at least as severe as asked for, else 0."""
    expected = fail_on != "never" and LEVELS.index(severity) >= LEVELS.index(fail_on)
    assert exit_code(report(RAN, SKIPPED, causes=(cause(severity),)), fail_on) == int(expected)


@pytest.mark.parametrize(
    ("stages", "causes", "code"),
    [
        ((RAN, SKIPPED), (), ExitCode.OK),
        ((RAN, UNABLE), (), ExitCode.STAGE_UNABLE),
        ((RAN, UNABLE), (cause("note"),), ExitCode.STAGE_UNABLE),
        ((RAN, UNABLE), (cause("error"),), ExitCode.FINDINGS),
        ((RAN, BROKEN), (), ExitCode.INTERNAL),
        ((RAN, BROKEN), (cause("warning"),), ExitCode.INTERNAL),
        ((RAN, BROKEN, UNABLE), (cause("error"),), ExitCode.FINDINGS),
        ((RAN, UNABLE), (cause("error", "user-code-raises"),), ExitCode.USAGE),
        ((RAN, UNABLE), (cause("error"), cause("error", "user-code-raises")), ExitCode.FINDINGS),
    ],
)
def test_stages_that_broke(
    stages: tuple[StageResult, ...], causes: tuple[Cause, ...], code: ExitCode
) -> None:
    """Findings come before faults; a program that does not run is wrong usage."""
    assert exit_code(report(*stages, causes=causes)) is code


@pytest.mark.parametrize("fail_on", ["never", "error"])
def test_explained_exception_does_not_pass_either(fail_on: FailOn) -> None:
    """A program that cannot run never passes, however mild its cause looks."""
    symptom = Symptom(check="user-code-raises", message="m", severity=Severity.ERROR)
    explained = replace(cause("warning"), symptoms=(symptom,))
    assert exit_code(report(RAN, causes=(explained,)), fail_on) is ExitCode.USAGE


def test_no_gate_lets_a_program_pass_that_does_not_run() -> None:
    """``--fail-on never`` is about findings on training, and there was none."""
    assert exit_code(report(causes=(cause("error", "user-code-raises"),)), "never") is ExitCode.USAGE
