"""How one experiment of those asked for is examined: here, in a process of its own, or not at all because nothing changed."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cnndoctor.ci.cache import DEFAULT_FOLDER, Cache, cache_key
from cnndoctor.commands.many import Examination, examine_apart, through_cache
from cnndoctor.commands.telling import say
from cnndoctor.config import Config
from cnndoctor.errors import ConfigError, ExitCode, problems_text
from cnndoctor.observers import Observer
from cnndoctor.observers.progress import progress_observers
from cnndoctor.runs.run_folder import RunFolder


def examiner(
    asked: Mapping[str, object],
    out: Path,
    overrides: Sequence[str],
    resume: Path | None,
    *,
    jobs: int,
    quiet: bool,
    verbose: bool,
) -> Callable[[Config], Examination]:
    """Return what examines one experiment: here, or with more than one job in a process of its own."""
    if jobs > 1:
        arguments = arguments_of(asked, out, overrides)

        def apart(config: Config) -> Examination:
            examination = examine_apart(config, arguments, jobs=jobs)
            if not quiet:  # the reports come in order; this line comes when it is true
                verdict = examination.report.verdict if examination.report else "no report"
                say(f"done: {config.path}: {verdict}")
            return examination

        return apart
    run = RunFolder(path=resume) if resume else None
    return lambda config: _examine_here(config, asked, out, run, quiet=quiet, verbose=verbose)


def arguments_of(asked: Mapping[str, object], out: Path, overrides: Sequence[str]) -> list[str]:
    """Write what was asked as arguments again."""
    flags = {"effort": "--profile", "deselect": "--ignore"}
    said = ["--out", str(out)]
    for setting in overrides:
        said += ["--set", setting]
    for name, value in asked.items():
        flag = flags.get(name, f"--{name.replace('_', '-')}")
        if isinstance(value, tuple):
            said += [word for item in value for word in (flag, str(item))]
        elif isinstance(value, bool):
            said += [flag] if value else []
        elif value is not None:
            said += [flag, str(value)]
    return said


def _examine_here(
    config: Config,
    asked: Mapping[str, object],
    out: Path,
    resume: RunFolder | None,
    *,
    quiet: bool,
    verbose: bool,
) -> Examination:
    """Examine one experiment in this process; what is wrong with it does not keep the others from their turn."""
    from cnndoctor.doctor import Options
    from cnndoctor.doctor import diagnose as examine

    for warning in config.warnings:
        say(f"warning: {warning}")
    if verbose:
        for node in config.nodes:
            say(f"imports {node.target} for {node.key}")
    options = Options(out=out, resume=resume, command=command_line(), **asked)  # type: ignore[arg-type]
    try:
        examined = examine(config, options, observers(quiet=quiet))
    except ConfigError as error:
        return Examination(config=config, broken=ExitCode.USAGE, said=problems_text(error))
    broken = ExitCode.INTERRUPTED if examined.interrupted else ExitCode.OK
    return Examination(config=config, report=examined.report, broken=broken)


def remembering(
    examine: Callable[[Config], Examination], cache: str, asked: Mapping[str, object], out: Path
) -> Callable[[Config], Examination]:
    """Return ``examine`` with the cache that was asked for, if any."""
    if cache == "off":
        return examine
    kept = Cache(folder=Path(DEFAULT_FOLDER if cache == "on" else cache))
    return through_cache(examine, kept, lambda config: cache_key(config, asked, leave_out=(out, kept.folder)))


def observers(*, quiet: bool) -> list[Observer]:
    """Return who is told on the terminal while it runs."""
    return list(progress_observers(quiet=quiet))


def command_line() -> str:
    """Return the command as it was typed, for the reproduction block."""
    return shlex.join(["cnndoctor", *sys.argv[1:]])
