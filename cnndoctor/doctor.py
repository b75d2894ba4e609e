"""One examination, told as a story: open the experiment, walk the checklist, judge, write everything down."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from cnndoctor import codec, factory
from cnndoctor.catalogue import all_checks
from cnndoctor.config import Config, validate_check_names
from cnndoctor.context import Context, Effort
from cnndoctor.description import describe
from cnndoctor.errors import ConfigError, StageUnable, UsageError, UserCodeError
from cnndoctor.evidence import Evidence, FailuresEvidence, PicturesEvidence, TrialsEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.finding import UserFailure, Value
from cnndoctor.foreknowledge import Foreknowledge, foreknowledge, is_cheap, stops_everything
from cnndoctor.judge import Judgement, Rules, judge
from cnndoctor.observers import Observer, Observers
from cnndoctor.observers.tensorboard import TensorBoardObserver
from cnndoctor.opening import open_experiment
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.report import ConfigIdentity, Report, StageResult, StageStatus
from cnndoctor.reporters import FORMATS
from cnndoctor.reporters import Context as Rendering
from cnndoctor.reporting.galleries import wanted_samples
from cnndoctor.reporting.gate import OWN_FAULT
from cnndoctor.reporting.rendering import save_renderings
from cnndoctor.reporting.summary import assemble
from cnndoctor.runs import history
from cnndoctor.runs.environment import describe_environment
from cnndoctor.runs.run_folder import RunFolder, as_stored, new_run_folder
from cnndoctor.stages import STAGES, Stage
from cnndoctor.survey.thumbnails import thumbnails


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says beyond the config.

    Attributes:
        out: Folder that runs go into; None to save nothing.
        only: Stages to run; empty for all.
        skip: Stages to leave out.
        effort: smoke, standard or thorough.
        keep_going: Train even though an error of high confidence stands.
        device: Overrides the config's device.
        seed: Overrides the config's seed.
        select: Only these checks or families.
        deselect: Not these checks or families.
        resume: Run to go on from; its finished stages are taken over.
        overhead: Share of the training time that watching may take after the first looks at the layers.
        command: The command line, for the reproduction block.
        rate_wanted: Whether the learning rate itself is asked for: the range test then works out its suggestion.
    """

    out: Path | None = Path("runs")
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    effort: Effort = "standard"
    keep_going: bool = False
    device: str | None = None
    seed: int | None = None
    select: tuple[str, ...] = ()
    deselect: tuple[str, ...] = ()
    resume: RunFolder | None = None
    overhead: float = 0.03
    command: str = ""
    rate_wanted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What an examination came to.

    Attributes:
        report: The report.
        evidence: What the stages saw.
        folder: Where it was saved; None when it was not.
        interrupted: Whether the user broke it off; the report then covers what was done.
    """

    report: Report
    evidence: Evidence
    folder: RunFolder | None = None
    interrupted: bool = False


@dataclass(slots=True)
class _Progress:
    """The examination so far."""

    evidence: Evidence
    stages: list[StageResult] = field(default_factory=list)
    interrupted: bool = False
    taken_over: dict[str, str] = field(default_factory=dict)  # stage → the run it is taken from


def diagnose(config: Config, options: Options, observers: Sequence[Observer] = ()) -> Examined:
    """Examine one experiment from end to end.

    Args:
        config: The experiment file.
        options: What the command line says.
        observers: Who is told while it runs.

    Raises:
        ConfigError: The file, or what its factories return, is unusable; nothing was written then.
        UsageError: The run to resume is of another experiment, or nothing can be written where runs go.
    """
    started, began = time.perf_counter(), datetime.now(tz=UTC)
    _validate(config)
    with preserved_randomness():
        earlier = options.resume.read_evidence() if options.resume else None
        experiment, failure = _open(config, options)
        progress = _Progress(evidence=_first_evidence(config, options, experiment, failure))
        if earlier is not None and options.resume is not None:
            _take_over(progress, earlier, options.resume)
        folder = new_run_folder(options.out, config.name, config.sha256) if options.out else None
        if folder is not None:
            folder.write("config.yaml", config.text)  # what a killed run leaves behind says what it was
        tensorboard = [TensorBoardObserver(folder.tensorboard)] if folder else []
        tell = Observers([*observers, *tensorboard])
        try:
            if experiment is None:
                progress.stages = [_skipped(stage, "the experiment could not be built") for stage in STAGES]
            else:
                _walk_checklist(experiment, options, tell, progress, folder)
            report = _conclude(
                config, options, experiment, progress, seconds=time.perf_counter() - started, folder=folder
            )
            tell.text("report", FORMATS["markdown"](report, Rendering(config_text=config.text)))
            tell.concluded(report, progress.evidence.experiment)
        finally:
            tell.close()
    if folder is not None:
        _save(folder, config, progress.evidence, report)
        history.append(folder.path.parent.parent / "history.jsonl", _history_line(report, began))
    return Examined(
        report=report, evidence=progress.evidence, folder=folder, interrupted=progress.interrupted
    )


def rules_of(config: Config, options: Options) -> Rules:
    """Return what config and command line say about the checks."""
    return Rules(
        thresholds=config.thresholds, ignore=config.ignore, select=options.select, deselect=options.deselect
    )


def _validate(config: Config) -> None:
    """Refuse a config whose targets, arguments or check names are wrong, with all problems at once."""
    validate_check_names(config, {check.id: check.thresholds for check in all_checks()})
    problems = factory.all_problems(config)
    if problems:
        raise ConfigError(problems)


def _open(config: Config, options: Options) -> tuple[Experiment | None, UserFailure | None]:
    """Build the data sets and one session, so that what a factory raises or returns is known before anything is written."""
    try:
        experiment = open_experiment(config, device=options.device, seed=options.seed)
        experiment.fresh()
        experiment.build_metrics()
    except UserCodeError as error:
        return None, replace(error.failure, stage="setup")
    return experiment, None


def _first_evidence(
    config: Config, options: Options, experiment: Experiment | None, failure: UserFailure | None
) -> Evidence:
    task = str(experiment.task) if experiment else config.task
    device = str(experiment.device) if experiment else (options.device or config.device)
    seed = experiment.seed if experiment else config.seed
    return Evidence(
        experiment=describe(config, task=task, device=device, seed=seed),
        failures=FailuresEvidence(failures=(failure,) if failure else ()),
    )


def _walk_checklist(
    experiment: Experiment, options: Options, tell: Observers, progress: _Progress, folder: RunFolder | None
) -> None:
    """Run the stages one after the other; each sees the evidence of those before."""
    if folder is not None:
        folder.write_evidence(progress.evidence, ("experiment",))
    for stage in STAGES:
        if stage.name in progress.taken_over:
            note = f"taken over from {progress.taken_over[stage.name]}"
            progress.stages.append(StageResult(name=stage.name, status="ran", note=note))
            continue
        known = Foreknowledge()
        if stage.costly and _is_asked_for(stage, options):
            rules = rules_of(experiment.config, options)
            known = foreknowledge(progress.evidence, rules, keep_going=options.keep_going)
        reason = _why_not(stage, options, progress, known.sure)
        if reason:
            progress.stages.append(_skipped(stage, reason))
            continue
        context = Context(
            experiment=experiment,
            so_far=progress.evidence,
            tell=tell,
            folder=folder.path if folder else None,
            effort=options.effort,
            resume=options.resume.path if options.resume else None,
            overhead=options.overhead,
            rate_wanted=options.rate_wanted,
            known_causes=known.sure,
            suspects=known.suspects,
            validation_apart=known.validation_apart,
        )
        _run_stage(stage, context, progress)
        if folder is not None:
            folder.write_evidence(progress.evidence, (stage.record, "failures", "trials"))


def _take_over(progress: _Progress, earlier: Evidence, run: RunFolder) -> None:
    """Take over what an interrupted run had finished: every stage before the training, which goes on by itself.

    Raises:
        UsageError: The run is of another experiment than the file says now.
    """
    now, then = progress.evidence.experiment, earlier.experiment
    keys = {*now.settings, *then.settings}
    changed = sorted(
        key
        for key in keys
        if now.settings.get(key) != then.settings.get(key) and not key.startswith("train.")
    )
    if changed or now.seed != then.seed:
        what = f"'{changed[0]}' differs" if changed else f"its seed is {then.seed}, not {now.seed}"
        message = f"--resume {run.path}: that run is of another experiment ({what}); diagnose anew, without --resume."
        raise UsageError(message)
    failed = {failure.stage for failure in earlier.failures.failures}
    for stage in STAGES:
        record = getattr(earlier, stage.record)
        if record is not None and not stage.costly and stage.name not in failed:
            progress.evidence = _with_record(progress.evidence, stage, record, None, ())
            progress.taken_over[stage.name] = run.path.name


def _why_not(stage: Stage, options: Options, progress: _Progress, sure: tuple[str, ...]) -> str:
    """Return why a stage is left out, sure errors among the reasons for a costly one; empty when it runs."""
    if progress.interrupted:
        return "interrupted"
    if not _is_asked_for(stage, options):
        return "not asked for"
    if stage.needs_step and progress.evidence.failures.failures:
        first = progress.evidence.failures.failures[0]
        if stops_everything(progress.evidence):
            return f"the experiment cannot make a step ({first.phase} raised {first.type})"
    if sure and not is_cheap(progress.evidence):
        return f"{sure[0]} makes a full training pointless; --keep-going trains all the same"
    return ""


def _is_asked_for(stage: Stage, options: Options) -> bool:
    return stage.name not in options.skip and (not options.only or stage.name in options.only)


def _run_stage(stage: Stage, context: Context, progress: _Progress) -> None:
    """Run one stage; whatever happens in it becomes a result, and the examination goes on."""
    started = time.perf_counter()
    context.tell.stage_started(stage.name, stage.doing)
    status: StageStatus = "crashed"
    try:
        with preserved_randomness():
            seen = stage.run(context)
        progress.evidence = _with_record(progress.evidence, stage, seen.evidence, seen.extra, seen.failures)
        note = seen.note if seen.evidence is not None else seen.note or _raised(seen.failures)
        status = "ran" if seen.evidence is not None else "crashed"
    except UserCodeError as error:
        failure = replace(error.failure, stage=error.failure.stage or stage.name)
        progress.evidence = _with_record(progress.evidence, stage, None, None, (failure,))
        note = _raised((failure,))
    except StageUnable as error:
        note = str(error)
    except KeyboardInterrupt:
        note, progress.interrupted = "interrupted", True
    except Exception as error:  # noqa: BLE001 - our own fault must not hide what other stages saw
        where = traceback.extract_tb(error.__traceback__)[-1]
        note = f"{OWN_FAULT}{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
    result = StageResult(name=stage.name, status=status, seconds=time.perf_counter() - started, note=note)
    progress.stages.append(result)
    context.tell.stage_finished(result)


def _with_record(
    evidence: Evidence, stage: Stage, record: object, extra: object, failures: tuple[UserFailure, ...]
) -> Evidence:
    found = evidence.failures.failures + tuple(replace(f, stage=f.stage or stage.name) for f in failures)
    changes: dict[str, object] = {"failures": FailuresEvidence(failures=found)}
    if record is not None:
        changes[stage.record] = record
    if isinstance(extra, TrialsEvidence):
        changes["trials"] = extra
    return replace(evidence, **changes)  # type: ignore[arg-type]


def _raised(failures: tuple[UserFailure, ...]) -> str:
    return f"{failures[0].phase} raised {failures[0].type}: {failures[0].message}" if failures else ""


def _skipped(stage: Stage, reason: str) -> StageResult:
    return StageResult(name=stage.name, status="skipped", note=reason)


def _conclude(
    config: Config,
    options: Options,
    experiment: Experiment | None,
    progress: _Progress,
    *,
    seconds: float,
    folder: RunFolder | None,
) -> Report:
    progress.evidence = as_stored(progress.evidence)
    judgement: Judgement = judge(progress.evidence, all_checks(), rules_of(config, options))
    if experiment is not None and not progress.interrupted:
        progress.evidence = replace(
            progress.evidence, pictures=_pictures(experiment, judgement, progress.evidence)
        )
    return assemble(
        progress.evidence,
        judgement,
        config=ConfigIdentity(name=config.name, path=str(config.path), sha256=config.sha256),
        stages=progress.stages,
        environment=_environment(config, options, experiment),
        seconds=round(seconds, 3),
        run=str(folder.path) if folder else "",
    )


def _pictures(experiment: Experiment, judgement: Judgement, evidence: Evidence) -> PicturesEvidence:
    """Look once more at the samples that the diagnosis names: which these are is known only now."""
    most = experiment.config.stages.data.pictures
    wanted = wanted_samples(judgement.causes, evidence)[:most]
    return thumbnails(experiment, wanted, evidence.setup.class_names if evidence.setup else ())


def _environment(config: Config, options: Options, experiment: Experiment | None) -> Mapping[str, Value]:
    environment = describe_environment(config.folder, experiment.device if experiment else None)
    environment["seed"] = experiment.seed if experiment else config.seed
    environment["command"] = options.command
    if config.overrides:
        environment["overrides"] = "\n".join(config.overrides)
    return environment


def _save(folder: RunFolder, config: Config, evidence: Evidence, report: Report) -> None:
    """Write config, environment, evidence and the three renderings; each file appears whole or not at all."""
    folder.write("environment.json", codec.dumps(dict(report.environment)))
    folder.write_evidence(evidence)
    save_renderings(folder, report, config.text)


def _history_line(report: Report, began: datetime) -> history.HistoryLine:
    return history.HistoryLine(
        time=began.isoformat(timespec="seconds"),
        name=report.config.name,
        config_sha256=report.config.sha256,
        verdict=report.verdict,
        top_cause=report.causes[0].check if report.causes and report.causes[0].severity.rank else "",
        metrics=report.metrics,
        seconds=report.seconds,
        run=report.run,
    )
