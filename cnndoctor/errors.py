"""The exceptions of cnndoctor, and what each means for the person who meets it.

CnndoctorError
├── UsageError              wrong command line or path                      exit code 2
│   ├── ConfigError         the experiment file is wrong; carries all of its problems with line and column
│   └── RunNotReadable      a saved run that cannot be read (missing, other version, damaged)
├── UserCodeError           the user's own code raised; carries a trimmed traceback, becomes a finding
├── StageUnable             a stage cannot run for a reason that is no finding        exit code 4
└── InternalError           our own fault; an apology                                 exit code 3
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from cnndoctor.finding import UserFailure


class ExitCode(IntEnum):
    """What the process tells its caller."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    INTERNAL = 3
    STAGE_UNABLE = 4
    INTERRUPTED = 130


class CnndoctorError(Exception):
    """Root of everything cnndoctor raises on purpose."""


class UsageError(CnndoctorError):
    """The command line, or a path on it, is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong in an experiment file.

    Attributes:
        message: What is wrong, with the near name where there is one; one sentence.
        file: The file as the user named it.
        line: 1-based line; 0 when the whole file is meant.
        column: 1-based column; 0 when the whole line is meant.
        key: Dotted path of the key, for example ``optimizer.lr``; empty for the file itself.
        hint: What to do about it; may be empty.
        source: Lines of the user's traceback, when an import or call of theirs raised.
    """

    message: str
    file: str
    line: int = 0
    column: int = 0
    key: str = ""
    hint: str = ""
    source: str = ""

    def __str__(self) -> str:
        """Return ``file:line:column: message`` as editors and terminals understand it."""
        place = self.file
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        return f"{place}: {self.message}" + (f" {self.hint}" if self.hint else "")


class ConfigError(UsageError):
    """An experiment file is wrong; every problem found is in ``problems``."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep all problems; the message lists them one a line."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class RunNotReadable(UsageError):
    """A saved run folder, evidence file or report cannot be read."""


class UserCodeError(CnndoctorError):
    """The user's own code raised; ``failure`` says where, with their traceback and none of our frames."""

    def __init__(self, failure: UserFailure) -> None:
        """Keep the failure record; the message is its last line."""
        super().__init__(f"{failure.phase}: {failure.type}: {failure.message}")
        self.failure = failure


class StageUnable(CnndoctorError):
    """A stage cannot run here, and that is no fault of the experiment (for example, no memory left)."""


class InternalError(CnndoctorError):
    """A fault of cnndoctor itself."""


def problems_text(error: ConfigError) -> str:
    """Write all problems of a config, one a line with the traceback of the user's code below it, and their number."""
    lines = []
    for problem in error.problems:
        lines.append(f"error: {problem}")
        lines.extend(f"    {line}" for line in problem.source.splitlines())
    count = len(error.problems)
    lines.append(f"{count} problem{'s' if count > 1 else ''}; nothing was run.")
    return "\n".join(lines)
