"""The ``diagnose`` command: examine what was asked for, tell each report, and come to one exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnndoctor.ci import baseline as baselines
from cnndoctor.ci.baseline import Baseline
from cnndoctor.ci.changed_since import changed_since
from cnndoctor.commands.examiner import examiner, remembering
from cnndoctor.commands.experiment_files import experiment_files, load_all
from cnndoctor.commands.many import Examination, examined_in_order, summary, worst
from cnndoctor.commands.options import refuse_unknown_checks, refuse_unknown_stages
from cnndoctor.commands.telling import Telling, say, say_where
from cnndoctor.config import Config
from cnndoctor.errors import ExitCode, UsageError
from cnndoctor.reporting.gate import FailOn, exit_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line asks of ``diagnose``.

    Attributes:
        configs: Experiment files and folders of them.
        only: Stages to run; empty for all.
        skip: Stages to leave out.
        profile: smoke, standard or thorough.
        keep_going: Train in full even though a sure error stands.
        overhead: Share of the training time that watching may take after the first looks at the layers.
        device: Overrides the files' device.
        seed: Overrides the files' seed.
        overrides: ``key=value`` settings laid over every file.
        out: Folder that runs are saved in.
        files: (format, path) of renderings to write.
        format: Rendering on standard output.
        select: Only these checks or families.
        ignore: Not these checks or families.
        fail_on: Mildest finding that makes the exit code 1.
        resume: Run to go on with.
        jobs: Experiments examined side by side.
        changed_since: Revision; experiments that do not differ from it are left out.
        cache: Folder of the result cache, ``on`` or ``off``.
        baseline: File of known findings.
        write_baseline: File that what is found is written to as known.
        quiet: No progress.
        verbose: Say more.
        several: Whether more than one experiment is meant, also when only one turns out to be left.
    """

    configs: tuple[Path, ...]
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    profile: str = "standard"
    keep_going: bool = False
    overhead: float = 0.03
    device: str | None = None
    seed: int | None = None
    overrides: tuple[str, ...] = ()
    out: Path = Path("runs")
    files: tuple[tuple[str, str], ...] = ()
    format: str = "text"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: FailOn = "error"
    resume: Path | None = None
    jobs: int = 1
    changed_since: str | None = None
    cache: str = "off"
    baseline: Path | None = None
    write_baseline: Path | None = None
    quiet: bool = False
    verbose: bool = False
    several: bool = False

    @property
    def options(self) -> dict[str, object]:
        """Return what the examination of each experiment is told; the result cache is keyed by it."""
        return {
            "only": self.only,
            "skip": self.skip,
            "effort": self.profile,
            "keep_going": self.keep_going,
            "overhead": self.overhead,
            "device": self.device,
            "seed": self.seed,
            "select": self.select,
            "deselect": self.ignore,
        }


def examine_all(request: Request) -> ExitCode:
    """Examine every experiment that was asked for and return the exit code that stands for all.

    Args:
        request: What was asked.

    Raises:
        UsageError: A stage, check or run is named that is not there, or options contradict each other.
        ConfigError: Experiment files are wrong, with all their problems.
    """
    refuse_unknown_stages([*request.only, *request.skip])
    refuse_unknown_checks([*request.select, *request.ignore])
    if request.resume is not None and request.several:
        message = "--resume goes on with one run; name one config."
        raise UsageError(message)
    known = _known(request)
    configs = load_all(experiment_files(request.configs), request.overrides)
    if request.changed_since is not None:
        configs = _touched(configs, request.changed_since)
    done, codes = _examined(request, configs, known)
    _keep_baseline(done, known, request.write_baseline)
    not_begun = len(configs) - len(done)
    if request.several and configs:
        say(summary([_without_known(each, known) for each in done], codes, not_begun=not_begun))
    return worst(codes, not_begun=not_begun)


def _examined(
    request: Request, configs: Sequence[Config], known: tuple[Baseline, Path] | None
) -> tuple[list[Examination], list[ExitCode]]:
    """Examine and tell one experiment after the other; return what became of each, and its exit code."""
    telling = Telling(format=request.format, files=request.files, several=request.several)
    examine = examiner(
        request.options,
        request.out,
        request.overrides,
        request.resume,
        jobs=1 if request.resume else request.jobs,
        quiet=request.quiet,
        verbose=request.verbose,
    )
    if request.resume is None:
        examine = remembering(examine, request.cache, request.options, request.out)
    done: list[Examination] = []
    codes: list[ExitCode] = []
    for examination in examined_in_order(configs, examine, request.jobs):
        shown = _without_known(examination, known)
        telling.tell(shown)
        say_where(shown, quiet=request.quiet)
        done.append(examination)
        code = _code_of(shown, request.fail_on)
        codes.append(ExitCode.OK if request.write_baseline and code is ExitCode.FINDINGS else code)
    telling.finish()
    return done, codes


def _touched(configs: Sequence[Config], revision: str) -> list[Config]:
    """Return the experiments that changed, and say which and why."""
    touched = changed_since(configs, revision)
    say(f"{len(touched)} of {len(configs)} experiments rest on what changed since {revision}")
    for path, files in touched.items():
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""
        say(f"  {path}: {', '.join(str(file) for file in files[:3])}{more}")
    return [config for config in configs if config.path in touched]


def _known(request: Request) -> tuple[Baseline, Path] | None:
    """Read the known findings; a baseline that is only now to be written need not be there."""
    path = request.baseline
    if path is None or (request.write_baseline is not None and not path.exists()):
        return None
    return baselines.read(path), path


def _without_known(examination: Examination, known: tuple[Baseline, Path] | None) -> Examination:
    if known is None or examination.report is None:
        return examination
    return replace(examination, report=baselines.without_known(examination.report, *known))


def _keep_baseline(
    done: Sequence[Examination], known: tuple[Baseline, Path] | None, to_write: Path | None
) -> None:
    """Tell which known findings are gone, and write those of today where that is asked."""
    reports = [examination.report for examination in done if examination.report is not None]
    if to_write is not None:
        count = baselines.write(to_write, reports)
        say(f"wrote {to_write}: {count} known finding{'s' if count != 1 else ''}")
        return
    if known is None:
        return
    gone = baselines.stale(reports, *known)
    for entry in gone:
        place = f" at {entry.place}" if entry.place else ""
        say(f"{known[1]}: {entry.check}{place} of {entry.config} is no longer found")
    if gone:
        say(f"--write-baseline {known[1]} drops what is no longer found")


def _code_of(examination: Examination, fail_on: FailOn) -> ExitCode:
    if examination.report is None or examination.broken is not ExitCode.OK:
        return examination.broken
    return exit_code(examination.report, fail_on)
