"""The train stage: the experiment as configured, watched; then, where it went badly, the paired runs that tell why."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from itertools import islice
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from cnndoctor.context import Context, Seen
from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.train import Epoch, Evaluation, FirstNonFinite, TrainEvidence
from cnndoctor.finding import UserFailure
from cnndoctor.loop import steps
from cnndoctor.patient.evaluation import bare, judge, training_sample
from cnndoctor.patient.session import Session
from cnndoctor.patient.target_matching import TargetMatching
from cnndoctor.patient.task import Task
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.probes.activations import ActivationWatch
from cnndoctor.probes.gradient_norm import gradient_norm
from cnndoctor.probes.layers import LayerMonitor, rounded
from cnndoctor.probes.origin import find_origin
from cnndoctor.signs.belief import believed
from cnndoctor.signs.foreign_score import score_is_foreign
from cnndoctor.training.board import told_epoch, told_precision_recall, told_steps, told_worst
from cnndoctor.training.course import Course, Listener, fingerprints, plan_of
from cnndoctor.training.curves import MOST_POINTS, Curves
from cnndoctor.training.early_stopping import EarlyStopping
from cnndoctor.training.metric_batches import MetricBatches
from cnndoctor.training.metric_shapes import MetricShapes
from cnndoctor.training.metrics import mismatches
from cnndoctor.training.other_seeds import run_other_seeds
from cnndoctor.training.precision_recall import PrecisionRecall
from cnndoctor.training.trials import run_trials

# A replay repeats the run up to its first NaN; longer ones keep what the run itself showed.
REPLAY_SECONDS = 60.0

_SCORES = {
    Task.CLASSIFICATION: "accuracy",
    Task.MULTILABEL: "label-accuracy",
    Task.SEGMENTATION: "pixel-accuracy",
    Task.REGRESSION: "r2",
    Task.CTC: "exact-sequences",
}
_ENDS = {  # how a run that was not completed ended, in the words of the stage's line
    "completed": "",
    "early-stopping": ", stopped early as configured",
    "not-finite": ", ended at a number that is not finite",
    "budget": ", ended by the time budget",
}


def run(context: Context) -> Seen[TrainEvidence]:
    """Train as configured and record what happens; on a bad end, run the paired experiments.

    Args:
        context: The experiment and whom to tell.

    Returns:
        The watched run, and the trials as ``extra`` when there were any.
    """
    session = context.experiment.fresh()
    course = course_of(context, session)
    failures: list[UserFailure] = []
    before = fingerprints(session)
    every = context.experiment.config.stages.train.monitor_every
    monitor = LayerMonitor(session.model, every=every, overhead=context.overhead)
    try:
        ended = course.go(monitor)
    except UserCodeError as error:
        failures.append(dataclasses.replace(error.failure, stage="train"))
        if not course.step:
            return Seen(evidence=None, failures=tuple(failures), note="the first step failed")
        ended = "failed"
    final = _final(context, course, failures)
    context, evidence = _believed(context, _evidence(course, monitor, before, final, ended))
    if course.first_nonfinite >= 0:
        evidence = dataclasses.replace(evidence, nonfinite=_first_nonfinite(context, course))
    evidence = dataclasses.replace(evidence, repeat_difference=_repeat_difference(context, course))
    if ended != "failed":
        evidence = dataclasses.replace(evidence, other_seeds=run_other_seeds(context, evidence))
    told_worst(context.tell, context.experiment, evidence)
    trials = None if ended == "failed" else run_trials(context, evidence)
    return Seen(evidence=evidence, failures=tuple(failures), extra=trials, note=_note(evidence))


def _believed(context: Context, evidence: TrainEvidence) -> tuple[Context, TrainEvidence]:
    """Leave out a score that is about something else than the loss: the task is then a custom one for all that follows."""
    seen = dataclasses.replace(context.so_far, train=evidence)
    if not score_is_foreign(seen):
        return context, evidence
    experiment = dataclasses.replace(context.experiment, task=Task.CUSTOM)
    context = dataclasses.replace(context, experiment=experiment)
    return context, believed(seen).train or evidence


def course_of(context: Context, session: Session) -> Course:
    """Return a course of this session, resumed where the context says so."""
    experiment, train = context.experiment, context.experiment.config.train
    stop, plan = train.early_stopping, plan_of(experiment, session, smoke=context.effort == "smoke")
    course = Course(
        experiment=experiment,
        session=session,
        plan=plan,
        curves=Curves(stride=1 + plan.steps // MOST_POINTS),
        listener=Listener(
            steps=lambda course: told_steps(context.tell, course),
            epoch=lambda course, epoch: told_epoch(context.tell, course, epoch),
        ),
        checkpoints=context.folder / "checkpoints" if context.folder else None,
        stopping=EarlyStopping(patience=stop.patience, min_delta=stop.min_delta, monitor=stop.monitor or "")
        if stop
        else None,
    )
    # A run that ended before its first checkpoint has nothing to go on from: it is trained anew.
    if context.resume is not None and (context.resume / "checkpoints").is_dir():
        course.resume(context.resume / "checkpoints")
    return course


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Final:
    """What the final weights do."""

    train: Evaluation | None = None
    train_in_train_mode: Evaluation | None = None
    validation: Evaluation | None = None
    metric_pairs: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)
    metric_batches: Mapping[str, tuple[float, float]] = dataclasses.field(default_factory=dict)


def _final(context: Context, course: Course, failures: list[UserFailure]) -> _Final:
    """Judge the final weights on validation and on a part of the training data."""
    context.tell.progress(course.step, course.total or None, "judging the final weights")
    session, task = course.session, course.experiment.task
    shapes, batches = MetricShapes(course.experiment), MetricBatches(course.experiment)
    held_out, known = TargetMatching(task), TargetMatching(task)
    names = context.so_far.setup.class_names if context.so_far.setup else ()
    validation = None
    try:
        if session.validation_loader is not None:
            curves = PrecisionRecall(task=task, loss=session.scoring_loss)
            validation = judge(
                session,
                session.validation_loader,
                task,
                split="validation",
                names=names,
                also=(curves.add, shapes.see, batches.see, held_out.add),
            )
            validation = dataclasses.replace(validation, matching=held_out.matching())
            told_precision_recall(context.tell, curves.curves(), names, course.step)
        sample, order = training_sample(course.experiment, session, validation.samples if validation else 0)
        watch = ActivationWatch(session.model)
        with watch.watching():
            train = judge(
                session, sample, task, split="train", names=names, indices=order, also=(shapes.see, known.add)
            )
        train = dataclasses.replace(train, matching=known.matching())
        if validation is None:
            course.take_activations(watch)
        with_batch = _in_train_mode(session, sample, course)
    except UserCodeError as error:
        failures.append(dataclasses.replace(error.failure, stage="train"))
        return _Final(validation=validation)
    return _Final(
        train=train if train.samples else None,
        train_in_train_mode=with_batch,
        validation=validation,
        metric_pairs=shapes.found,
        metric_batches=batches.found(),
    )


def _in_train_mode(session: Session, sample: Iterable[Any], course: Course) -> Evaluation | None:
    """Judge the training sample with batch statistics; None for a model without batch normalisation that trains."""
    batchnorm = torch.nn.modules.batchnorm._BatchNorm  # noqa: SLF001 - the common base has no public name
    if not any(
        isinstance(m, batchnorm) and m.training and m.track_running_stats for m in session.model.modules()
    ):
        return None
    judged = judge(session, sample, course.experiment.task, split="train", batch_statistics=True)
    return bare(judged) if judged.samples else None


def _evidence(
    course: Course,
    monitor: LayerMonitor,
    before: dict[str, tuple[float, ...]],
    final: _Final,
    ended: str,
) -> TrainEvidence:
    seconds = perf_counter() - course.started
    training_seconds = max(1e-9, seconds - course.validation_seconds)
    after = fingerprints(course.session)
    judged = final.validation or final.train
    last = course.epochs[-1].metrics if course.epochs else {}
    metrics = {name: value for name, value in last.items() if judged and name.startswith(judged.split)}
    return TrainEvidence(
        metric=_metric(course, judged),
        planned_steps=course.plan.steps,
        steps=course.step,
        ended=ended,
        epochs=tuple(course.epochs),
        loss_steps=tuple(course.curves.steps),
        losses=tuple(rounded(v) if math.isfinite(v) else math.nan for v in course.curves.losses),
        lrs=tuple(rounded(v) for v in course.curves.lrs),
        gradient_norms=tuple(rounded(v) for v in course.curves.norms),
        clipped_share=course.clipped / course.normed if course.normed else 0.0,
        sampled_steps=tuple(monitor.steps),
        layers=monitor.series(course.dead, course.saturated, course.kinds),
        train=final.train,
        train_in_train_mode=final.train_in_train_mode,
        validation=final.validation,
        best_epoch=_best(course.epochs, "loss"),
        best_epoch_by_score=_best(course.epochs, "score"),
        skipped_steps=course.skipped,
        unchanged_parameters=tuple(name for name, mark in before.items() if after.get(name) == mark),
        wait_share=min(1.0, course.wait_seconds / training_seconds),
        starved_share=min(1.0, max(0.0, 1 - course.box.spent / max(1e-9, seconds))),
        seconds_per_step=course.typical_step_seconds(),
        memory_growth=course.memory.growth(),
        overhead=(course.watch_seconds + monitor.seconds) / training_seconds,
        seconds=seconds,
        checkpoints=course.written,
        resumed_from=course.resumed_from,
        custom_metric_mismatch=mismatches(metrics, judged.classes, judged.score, judged.left_out)
        if judged
        else {},
        metric_pairs=final.metric_pairs,
        metric_batches=final.metric_batches,
        last_activation=course.last_activation,
    )


def _metric(course: Course, judged: Evaluation | None) -> str:
    """Return what the score is called; empty where nothing was scored."""
    known = judged is not None and math.isfinite(judged.score)
    return _SCORES.get(course.experiment.task, "") if known else ""


def _best(epochs: list[Epoch], what: str) -> int:
    """Return the epoch with the best validation loss or score, or training where there is no validation."""
    sign = 1 if what == "loss" else -1
    for split in ("validation", "train"):
        values = [(sign * getattr(epoch, f"{split}_{what}"), epoch.index) for epoch in epochs]
        known = [pair for pair in values if math.isfinite(pair[0])]
        if known:
            return min(known)[1]
    return -1


def _first_nonfinite(context: Context, course: Course) -> FirstNonFinite:
    """Repeat the run up to its first bad step, looking at every loss and gradient, and take that step apart."""
    known = FirstNonFinite(step=course.first_nonfinite, what="loss")
    if course.resumed_from:
        return known
    context.tell.progress(0, course.first_nonfinite, "repeating the run up to its first NaN")
    session = context.experiment.fresh()
    box = TimeBox(REPLAY_SECONDS)
    index = 0
    try:
        for epoch in range(len(course.epochs) + 1):
            for step in steps(session, session.train_loader, start=index):
                index = step.index + 1
                norm = (
                    torch.zeros(())
                    if session.scaler.is_enabled()
                    else gradient_norm(session.model.parameters())
                )
                if not _finite(step.loss, norm):
                    return find_origin(session, step.batch, step.index)
                if index > course.first_nonfinite + 1 or box.over:
                    return known
            _advance(session, course, epoch)
    except UserCodeError:
        return known
    return known


def _repeat_difference(context: Context, course: Course) -> float:
    """Make the first steps again with the same seed; return the largest relative difference of losses, NaN when not tried."""
    workers = getattr(course.session.train_loader, "num_workers", 0)
    if course.resumed_from or not course.first_losses or (workers and course.session.device.type == "cpu"):
        return math.nan
    try:
        session = context.experiment.fresh()
        batches = islice(session.train_loader, len(course.first_losses) * session.accumulate)
        again = [float(step.loss) for step in steps(session, batches)]
    except UserCodeError:
        return math.nan
    pairs = [
        (a, b)
        for a, b in zip(course.first_losses, again, strict=False)
        if math.isfinite(a) and math.isfinite(b)
    ]
    return rounded(max((abs(a - b) / max(abs(a), abs(b), 1e-12) for a, b in pairs if a != b), default=0.0))


def _advance(session: Session, course: Course, epoch: int) -> None:
    """Step the schedule of a replay with the values that the run itself saw."""
    from_run = course.epochs[epoch] if epoch < len(course.epochs) else None
    if from_run is not None:
        course.advance(session, from_run)


def _finite(*values: Tensor) -> bool:
    return all(bool(torch.isfinite(value)) for value in values)


def _note(evidence: TrainEvidence) -> str:
    judged = evidence.judged
    how = _ENDS.get(evidence.ended, f", {evidence.ended}")
    if judged is None:
        return f"{evidence.steps} steps{how}"
    reached = f"{evidence.metric} {judged.score:.3f}" if evidence.metric else f"loss {judged.loss:.4g}"
    return f"{evidence.steps} steps{how}, {judged.split} {reached}"
