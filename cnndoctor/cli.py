"""The command line: parse, call, exit code. Torch is imported only by the commands that need it."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cnndoctor import __version__
from cnndoctor.errors import ConfigError, UsageError

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
    profile: Annotated[
        Profile,
        typer.Option(
            "--profile",
            help="How much to try: smoke takes seconds; thorough takes more seeds and steps, and tries every change after a "
            "run that learns and could do better.",
        ),
    ] = Profile.STANDARD,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Train in full even though a sure error stands.")
    ] = False,
    overhead: Annotated[
        str,
        typer.Option(
            "--overhead",
            metavar="SHARE",
            help="Share of the training time that watching may take, after the first looks at the layers.",
        ),
    ] = "3%",
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
    from cnndoctor.commands.diagnosing import Request, examine_all
    from cnndoctor.commands.options import report_files, share

    several = len(configs) > 1 or changed_since is not None or any(path.is_dir() for path in configs)
    request = Request(
        configs=tuple(configs),
        only=tuple(only or ()),
        skip=tuple(skip or ()),
        profile=profile.value,
        keep_going=keep_going,
        overhead=share(overhead, option="--overhead"),
        device=device,
        seed=seed,
        overrides=tuple(overrides or ()),
        out=out,
        files=report_files(report or [], several=several),
        format=format.value,
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        fail_on=fail_on.value,
        resume=resume,
        jobs=jobs,
        changed_since=changed_since,
        cache=cache,
        baseline=baseline,
        write_baseline=write_baseline,
        quiet=quiet,
        verbose=verbose,
        several=several,
    )
    raise typer.Exit(int(examine_all(request)))


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
    from cnndoctor.commands.experiment_files import load_all

    # A wrong file is told before torch is imported.
    (loaded,) = load_all([config], overrides or [])
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
    """Check experiment files and what they name; your modules are imported, nothing is built or trained."""
    from cnndoctor.commands.experiment_files import experiment_files, load_all
    from cnndoctor.config import static_problems, validate_check_names

    loaded = load_all(experiment_files(configs), overrides or [])
    if any(config.thresholds or config.ignore for config in loaded):
        from cnndoctor.catalogue import all_checks

        known = {check.id: check.thresholds for check in all_checks()}
        for config in loaded:
            validate_check_names(config, known)
    problems_of = static_problems
    if not static:
        from cnndoctor import factory

        problems_of = factory.all_problems
    problems = [problem for config in loaded for problem in problems_of(config)]
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
    from cnndoctor.commands.experiment_files import load_all
    from cnndoctor.commands.options import refuse_unknown_checks, report_files
    from cnndoctor.commands.telling import show
    from cnndoctor.reporting.gate import exit_code
    from cnndoctor.reporting.rendering import save_renderings
    from cnndoctor.runs.recheck import recheck as judge_again
    from cnndoctor.runs.run_folder import RunFolder

    files = report_files(report or [], several=False)
    refuse_unknown_checks([*(select or []), *(ignore or [])])
    folder = RunFolder(path=run)
    before = folder.read_report()
    kept = [line for line in str(before.environment.get("overrides", "")).splitlines() if line]
    (config,) = load_all([run / "config.yaml"], [*kept, *(overrides or [])])
    again = judge_again(folder, config, select=tuple(select or ()), deselect=tuple(ignore or ()))
    save_renderings(folder, again, config.text)
    show(again, config.text, format.value, files)
    raise typer.Exit(int(exit_code(again, fail_on.value)))


@app.command()
def render(run: Run, format: FormatOption = Format.TEXT, report: Reports = None) -> None:  # noqa: A002
    """Render the saved report of a run in another format."""
    from cnndoctor.commands.options import report_files
    from cnndoctor.commands.telling import show
    from cnndoctor.runs.run_folder import RunFolder

    folder = RunFolder(path=run)
    saved = folder.read_report()
    text = (run / "config.yaml").read_text(encoding="utf-8") if (run / "config.yaml").is_file() else ""
    show(saved, text, format.value, report_files(report or [], several=False))


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

    starter = starter_config(model)
    if out is not None and out.exists():
        message = f"'{out}' exists already; nothing was written."
        raise UsageError(message)
    if starter.doubt:
        typer.echo(f"warning: model {model}: {starter.doubt}", err=True)
    if out is None:
        typer.echo(starter.text, nl=False)
        return
    out.write_text(starter.text, encoding="utf-8")
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


def _is_json(format_name: str) -> bool:
    if format_name not in {"text", "json"}:
        message = f"--format {format_name}: text or json."
        raise UsageError(message)
    return format_name == "json"
