"""What a report means for the caller's process: the exit code."""

from __future__ import annotations

from typing import Literal

from cnndoctor.errors import ExitCode
from cnndoctor.finding import Severity
from cnndoctor.report import Report

FailOn = Literal["never", "note", "warning", "error"]
OWN_FAULT = "own fault: "
RAISES = "user-code-raises"


def exit_code(report: Report, fail_on: FailOn = "error") -> ExitCode:
    """Return 1 for findings at or above ``fail_on``, 2 for a program that cannot run at all, 3 and 4 for stages that broke.

    A user's exception means that the experiment does not run as written: when no check explains it, that is wrong usage,
    not a finding about training; and explained or not, no ``fail_on`` makes it pass.
    """
    if report.causes and report.causes[0].check == RAISES:
        return ExitCode.USAGE
    if fail_on != "never" and any(cause.severity.rank >= Severity(fail_on).rank for cause in report.causes):
        return ExitCode.FINDINGS
    if any(symptom.check == RAISES for cause in report.causes for symptom in cause.symptoms):
        return ExitCode.USAGE
    broken = [stage for stage in report.stages if stage.status == "crashed"]
    if any(stage.note.startswith(OWN_FAULT) for stage in broken):
        return ExitCode.INTERNAL
    unable = [stage for stage in broken if not any(cause.check == RAISES for cause in report.causes)]
    if unable and not any(cause.severity.rank > 0 for cause in report.causes):
        return ExitCode.STAGE_UNABLE
    return ExitCode.OK
