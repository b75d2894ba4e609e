"""``python -m cnndoctor`` and the ``cnndoctor`` command: runs the command line and turns what escapes into exit codes."""

from __future__ import annotations

import io
import signal
import sys
import traceback

from cnndoctor.errors import (
    CnndoctorError,
    ConfigError,
    ExitCode,
    StageUnable,
    UsageError,
    UserCodeError,
    problems_text,
)

REPORT_US = "This is a fault of cnndoctor, not of your experiment. Please report it with the lines above and your config."


def main() -> None:
    """Run the command line; every way out has its exit code."""
    from cnndoctor.cli import app

    _print_what_the_terminal_cannot()
    # A cluster or a CI runner whose time is up sends SIGTERM first: what was found until then is worth a report.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = app(standalone_mode=False)  # returns the code of a typer.Exit instead of raising it
    except KeyboardInterrupt:
        _exit(ExitCode.INTERRUPTED, "interrupted")
    except ConfigError as error:
        _exit(ExitCode.USAGE, problems_text(error))
    except UsageError as error:
        _exit(ExitCode.USAGE, f"error: {error}")
    except UserCodeError as error:
        _exit(ExitCode.USAGE, f"error: {error}\n{error.failure.traceback}")
    except StageUnable as error:
        _exit(ExitCode.STAGE_UNABLE, f"error: {error}")
    except CnndoctorError as error:
        _exit(ExitCode.INTERNAL, f"error: {error}\n{REPORT_US}")
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(ExitCode.OK) from None
    except Exception as error:  # noqa: BLE001 - the outermost border: an uncaught exception must not look like findings
        _leave(error)

    raise SystemExit(code if isinstance(code, int) else int(ExitCode.OK))


def _print_what_the_terminal_cannot() -> None:
    """Write characters that the terminal's encoding lacks by their code; a tick must not cost the report."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _leave(error: Exception) -> None:
    """Exit as the command line library asks, or apologise."""
    code = getattr(error, "exit_code", None)
    if isinstance(code, int):
        show = getattr(error, "show", None)
        if callable(show):
            show()
        raise SystemExit(code)
    _exit(ExitCode.INTERNAL, f"{traceback.format_exc()}{REPORT_US}")


def _exit(code: ExitCode, message: str) -> None:
    sys.stderr.write(f"{message}\n")
    raise SystemExit(int(code))


if __name__ == "__main__":
    main()
