"""The command line: parse, call, exit code. Torch is imported only by the commands that need it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnndoctor import __version__
from cnndoctor.errors import ConfigError, ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from cnndoctor.ci.baseline import Baseline
    from cnndoctor.commands.many import Examination
    from cnndoctor.config import Config
    from cnndoctor.report import Report

app = typer.Typer(
    name="cnndoctor",
    help="Tells why a PyTorch training run does not train, and what to change.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Profile(StrEnum):
    """How much an examination tries."""

    SMOKE = "smoke"
    STANDARD = "standard"
    THOROUGH = "thorough"


class FailOn(StrEnum):
    """The mildest finding that makes the exit code 1."""

    NEVER = "never"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


class Format(StrEnum):
    """Renderings of a report."""

    TEXT = "text"
    CONCISE = "concise"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    SARIF = "sarif"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"


Configs = Annotated[
    list[Path], typer.Argument(help="Experiment files (YAML), or folders of them.", show_default=False)
]
OneConfig = Annotated[Path, typer.Argument(help="Experiment file (YAML).", show_default=False)]
Run = Annotated[
    Path, typer.Argument(help="Folder of a saved run, for example runs/digits/20260101-120000-abcdef.")
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Lay a setting over the file; repeatable."),
]
DeviceOption = Annotated[
    str | None, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps; overrides the file.")
]
SeedOption = Annotated[int | None, typer.Option("--seed", min=0, help="Overrides the file's seed.")]
Out = Annotated[Path, typer.Option("--out", help="Folder that runs are saved in.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say more: what is imported, why stages are skipped.")
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="Rendering on stdout.")]
Reports = Annotated[
    list[str] | None,
    typer.Option("--report", metavar="FORMAT=PATH", help="Also write this rendering to a file; repeatable."),
]
Select = Annotated[
    list[str] | None, typer.Option("--select", metavar="CHECK", help="Only these checks or families.")
]
Ignore = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="CHECK", help="Leave out these checks or families.")
]
FailOnOption = Annotated[
    FailOn, typer.Option("--fail-on", help="Mildest finding that makes the exit code 1.")
]


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"cnndoctor {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback answers and leaves
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    isolated: Annotated[bool, typer.Option("--isolated", help="Leave pyproject.toml unread.")] = False,
) -> None:
    """Tells why a PyTorch training run does not train, and what to change."""
    from cnndoctor.commands.settings import SETTINGS, settings_for

    readers = {command for setting in SETTINGS.values() for command in setting.commands}
    if not isolated and context.invoked_subcommand in readers:
        context.default_map = settings_for(Path.cwd())


@app.command()
def diagnose(
    configs: Configs,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="STAGE", help="Run only these stages.")
    ] = None,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="STAGE", help="Leave out these stages.")
    ] = None,
    profile: Annotated[Profile, typer.Option("--profile", help="How much to try.")] = Profile.STANDARD,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Train in full even though a sure error stands.")
    ] = False,
    device: DeviceOption = None,
    seed: SeedOption = None,
    overrides: Overrides = None,
    out: Out = Path("runs"),
    report: Reports = None,
    format: FormatOption = Format.TEXT,  # noqa: A002 - the option's name
    select: Select = None,
    ignore: Ignore = None,
    fail_on: FailOnOption = FailOn.ERROR,
    resume: Annotated[
        Path | None, typer.Option("--resume", metavar="RUN", help="Go on with an interrupted run.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Experiments examined side by side.")] = 1,
    changed_since: Annotated[
        str | None,
        typer.Option(
            "--changed-since",
            metavar="REV",
            help="Only experiments whose file, code or data differs from REV.",
        ),
    ] = None,
    cache: Annotated[
        str,
        typer.Option(
            "--cache", metavar="DIR|on|off", help="Take reports of unchanged experiments from here."
        ),
    ] = "off",
    baseline: Annotated[
        Path | None, typer.Option("--baseline", metavar="FILE", help="Known findings, which do not count.")
    ] = None,
    write_baseline: Annotated[
        Path | None,
        typer.Option("--write-baseline", metavar="FILE", help="Write what is found as known, and pass."),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Examine experiments stage by stage and write a ranked diagnosis.

    Several experiments end with a table on standard error; machine formats
    are then one document for all. Defaults for a repository stand in the table
    tool.cnndoctor of pyproject.toml.

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage,
    a wrong experiment file or code of yours that raises, 3 our own fault,
    4 a stage could not run, 130 interrupted.
    """
    from cnndoctor.commands.examiner import examiner, remembering
    from cnndoctor.commands.experiment_files import experiment_files
    from cnndoctor.commands.many import examined_in_order, summary, worst
    from cnndoctor.commands.telling import Telling, say_where

    several = len(configs) > 1 or changed_since is not None or any(path.is_dir() for path in configs)
    telling = Telling(
        format=format.value, files=_report_files(report or [], several=several), several=several
    )
    _known_stages([*(only or []), *(skip or [])])
    _known_checks([*(select or []), *(ignore or [])])
    if resume is not None and several:
        message = "--resume goes on with one run; name one config."
        raise UsageError(message)
    known = _baseline(baseline, write_baseline)
    loaded = _load_all(experiment_files(configs), overrides or [])
    if changed_since is not None:
        loaded = _touched(loaded, changed_since)
    asked: dict[str, object] = {
        "only": tuple(only or ()),
        "skip": tuple(skip or ()),
        "effort": profile.value,
        "keep_going": keep_going,
        "device": device,
        "seed": seed,
        "select": tuple(select or ()),
        "deselect": tuple(ignore or ()),
    }
    examine = examiner(
        asked, out, overrides or [], resume, jobs=1 if resume else jobs, quiet=quiet, verbose=verbose
    )
    if resume is None:
        examine = remembering(examine, cache, asked, out)
    done: list[Examination] = []
    codes: list[ExitCode] = []
    for examination in examined_in_order(loaded, examine, jobs):
        shown = _without_known(examination, known)
        telling.tell(shown)
        say_where(shown, quiet=quiet)
        done.append(examination)
        code = _code_of(shown, fail_on)
        codes.append(ExitCode.OK if write_baseline and code is ExitCode.FINDINGS else code)
    telling.finish()
    _keep_baseline(done, known, write_baseline)
    not_begun = len(loaded) - len(done)
    if several and loaded:
        shown_all = [_without_known(examination, known) for examination in done]
        typer.echo(summary(shown_all, codes, not_begun=not_begun), err=True)
    raise typer.Exit(int(worst(codes, not_begun=not_begun)))


@app.command("lr-find")
def lr_find(
    config: OneConfig,
    write: Annotated[
        bool, typer.Option("--write", help="Write the suggestion into the file; comments stay.")
    ] = False,
    device: DeviceOption = None,
    seed: SeedOption = None,
    overrides: Overrides = None,
    out: Out = Path("runs"),
    profile: Annotated[Profile, typer.Option("--profile", help="How much to try.")] = Profile.STANDARD,
    quiet: Quiet = False,
) -> None:
    """Find a learning rate: range test with suggestion, usable band, plot on the terminal, SVG and JSON on disk."""
    (loaded,) = _load_all([config], overrides or [])
    from cnndoctor.commands import lr_find as command
    from cnndoctor.commands.examiner import command_line, observers
    from cnndoctor.commands.telling import terminal_width
    from cnndoctor.doctor import Options

    options = Options(out=out, device=device, seed=seed, effort=profile.value, command=command_line())
    found = command.find(loaded, options, observers(quiet=quiet))
    typer.echo(command.tell(found, width=terminal_width()))
    if write:
        typer.echo(command.write(loaded, found), err=True)
    raise typer.Exit(int(found.exit_code))


@app.command()
def validate(
    configs: Configs,
    static: Annotated[bool, typer.Option("--static", help="Import neither torch nor your code.")] = False,
    overrides: Overrides = None,
) -> None:
    """Check experiment files without running anything."""
    from cnndoctor.catalogue import all_checks
    from cnndoctor.commands.experiment_files import experiment_files
    from cnndoctor.config import static_problems, validate_check_names

    loaded = _load_all(experiment_files(configs), overrides or [])
    known = {check.id: check.thresholds for check in all_checks()}
    for config in loaded:
        validate_check_names(config, known)
    problems = [problem for config in loaded for problem in static_problems(config)]
    if not static and not problems:
        from cnndoctor import factory

        problems = [problem for config in loaded for problem in factory.check(config)]
    if problems:
        raise ConfigError(tuple(problems))
    for config in loaded:
        for warning in config.warnings:
            typer.echo(f"warning: {warning}", err=True)
        typer.echo(f"{config.path}: ok")


@app.command()
def recheck(
    run: Run,
    format: FormatOption = Format.TEXT,  # noqa: A002
    report: Reports = None,
    overrides: Overrides = None,
    select: Select = None,
    ignore: Ignore = None,
    fail_on: FailOnOption = FailOn.ERROR,
) -> None:
    """Judge the saved evidence of a run again, for example after changing a threshold."""
    from cnndoctor.commands.telling import show
    from cnndoctor.reporting.rendering import save_renderings
    from cnndoctor.runs.recheck import recheck as judge_again
    from cnndoctor.runs.run_folder import RunFolder

    files = _report_files(report or [], several=False)
    _known_checks([*(select or []), *(ignore or [])])
    folder = RunFolder(path=run)
    before = folder.read_report()
    kept = [line for line in str(before.environment.get("overrides", "")).splitlines() if line]
    (config,) = _load_all([run / "config.yaml"], [*kept, *(overrides or [])])
    again = judge_again(folder, config, select=tuple(select or ()), deselect=tuple(ignore or ()))
    save_renderings(folder, again, config.text)
    show(again, config.text, format.value, files)
    raise typer.Exit(_exit_code(again, fail_on))


@app.command()
def render(run: Run, format: FormatOption = Format.TEXT, report: Reports = None) -> None:  # noqa: A002
    """Render the saved report of a run in another format."""
    from cnndoctor.commands.telling import show
    from cnndoctor.runs.run_folder import RunFolder

    folder = RunFolder(path=run)
    saved = folder.read_report()
    text = (run / "config.yaml").read_text(encoding="utf-8") if (run / "config.yaml").is_file() else ""
    show(saved, text, format.value, _report_files(report or [], several=False))


@app.command()
def explain(
    check: Annotated[str, typer.Argument(help="Id of a check, for example dead-relu.", show_default=False)],
    format: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",  # noqa: A002
) -> None:
    """Print the page of one check: what is wrong, why it matters, how to fix it, when it is no fault."""
    from cnndoctor.catalogue import by_id
    from cnndoctor.commands.pages import page_data, page_text

    found = by_id(check)
    typer.echo(json.dumps(page_data(found), indent=2) if _is_json(format) else page_text(found))


@app.command()
def checks(
    format: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",  # noqa: A002
) -> None:
    """List every check by family."""
    from cnndoctor.catalogue import all_checks
    from cnndoctor.commands.pages import list_text, page_data

    found = all_checks()
    typer.echo(json.dumps([page_data(c) for c in found], indent=2) if _is_json(format) else list_text(found))


@app.command()
def init(
    model: Annotated[
        str, typer.Argument(metavar="MODULE:MODEL", help="Your model, for example nets:SmallCNN.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write; stdout by default.")] = None,
) -> None:
    """Write a commented starter experiment file for a model."""
    from cnndoctor.commands.starter import starter_config

    text = starter_config(model)
    if out is None:
        typer.echo(text, nl=False)
        return
    if out.exists():
        message = f"'{out}' exists already; nothing was written."
        raise UsageError(message)
    out.write_text(text, encoding="utf-8")
    typer.echo(f"wrote {out}; fill it in, then run: cnndoctor diagnose {out}", err=True)


@app.command()
def schema() -> None:
    """Print the JSON Schema of experiment files, for editors."""
    from cnndoctor.config import json_schema

    typer.echo(json.dumps(json_schema(), indent=2))


@app.command("history")
def show_history(
    out: Out = Path("runs"), last: Annotated[int, typer.Option("--last", min=1, help="Runs shown.")] = 20
) -> None:
    """List past runs: verdict, top cause, metrics."""
    from cnndoctor.runs import history

    path = out / "history.jsonl"
    if not path.is_file():
        message = f"no runs yet: '{path}' is not there. 'cnndoctor diagnose CONFIG' makes the first."
        raise UsageError(message)
    past = history.read(path)
    typer.echo(history.render(replace(past, lines=past.lines[-last:])), nl=False)


def _touched(configs: list[Config], revision: str) -> list[Config]:
    """Return the experiments that changed, and say which and why."""
    from cnndoctor.ci.changed_since import changed_since

    touched = changed_since(configs, revision)
    typer.echo(
        f"{len(touched)} of {len(configs)} experiments rest on what changed since {revision}", err=True
    )
    for path, files in touched.items():
        more = f" and {len(files) - 3} more" if len(files) > 3 else ""
        typer.echo(f"  {path}: {', '.join(str(file) for file in files[:3])}{more}", err=True)
    return [config for config in configs if config.path in touched]


def _baseline(path: Path | None, to_write: Path | None) -> tuple[Baseline, Path] | None:
    """Read the known findings; a baseline that is only now to be written need not be there."""
    if path is None or (to_write is not None and not path.exists()):
        return None
    from cnndoctor.ci.baseline import read

    return read(path), path


def _without_known(examination: Examination, known: tuple[Baseline, Path] | None) -> Examination:
    if known is None or examination.report is None:
        return examination
    from cnndoctor.ci.baseline import without_known

    return replace(examination, report=without_known(examination.report, *known))


def _keep_baseline(
    done: Sequence[Examination], known: tuple[Baseline, Path] | None, to_write: Path | None
) -> None:
    """Tell which known findings are gone, and write those of today where that is asked."""
    if known is None and to_write is None:
        return
    from cnndoctor.ci import baseline as baselines

    reports = [examination.report for examination in done if examination.report is not None]
    if to_write is not None:
        count = baselines.write(to_write, reports)
        typer.echo(f"wrote {to_write}: {count} known finding{'s' if count != 1 else ''}", err=True)
        return
    assert known is not None
    gone = baselines.stale(reports, *known)
    for entry in gone:
        place = f" at {entry.place}" if entry.place else ""
        typer.echo(f"{known[1]}: {entry.check}{place} of {entry.config} is no longer found", err=True)
    if gone:
        typer.echo(f"--write-baseline {known[1]} drops what is no longer found", err=True)


def _code_of(examination: Examination, fail_on: FailOn) -> ExitCode:
    if examination.report is None or examination.broken is not ExitCode.OK:
        return examination.broken
    return ExitCode(_exit_code(examination.report, fail_on))


def _exit_code(report: Report, fail_on: FailOn) -> int:
    from cnndoctor.reporting.gate import exit_code

    return int(exit_code(report, fail_on.value))


def _load_all(paths: Sequence[Path], overrides: Sequence[str]) -> list[Config]:
    """Read every file; all problems of all files are told together."""
    from cnndoctor.config import load

    loaded: list[Config] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded.append(load(path, overrides))
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(tuple(problems))
    return loaded


def _report_files(wanted: Sequence[str], *, several: bool) -> list[tuple[str, str]]:
    """Parse ``--report FORMAT=PATH`` options."""
    known = [format_.value for format_ in Format]
    files = []
    for option in wanted:
        name, _, path = option.partition("=")
        if name not in known or not path:
            message = f"--report {option}: write FORMAT=PATH with a format of {', '.join(known)}."
            raise UsageError(message)
        if several and name == Format.HTML and "{name}" not in path:
            message = f"--report {option}: a page shows one experiment; write for example html={{name}}.html."
            raise UsageError(message)
        files.append((name, path))
    return files


def _known_stages(names: Sequence[str]) -> None:
    known = ("setup", "data", "first-batch", "overfit", "lr-range", "gradient", "train")
    for name in names:
        if name not in known:
            message = f"no stage is called '{name}'; stages are {', '.join(known)}."
            raise UsageError(message)


def _known_checks(names: Sequence[str]) -> None:
    if not names:
        return
    from cnndoctor.catalogue import all_checks, by_id

    families = {check.family for check in all_checks()} | {
        check.family.replace("_", "-") for check in all_checks()
    }
    for name in names:
        if name not in families:
            by_id(name)


def _is_json(format_name: str) -> bool:
    if format_name not in {"text", "json"}:
        message = f"--format {format_name}: text or json."
        raise UsageError(message)
    return format_name == "json"
