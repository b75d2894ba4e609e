"""The configured run once more with other seeds: whether its success hangs on luck."""

from __future__ import annotations

from cnndoctor.context import Context
from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.train import Evaluation, SeedRun, TrainEvidence
from cnndoctor.patient.evaluation import bare, judge, training_sample
from cnndoctor.patient.session import Session
from cnndoctor.probes.layers import LayerMonitor
from cnndoctor.training.course import Course, plan_of
from cnndoctor.training.curves import MOST_POINTS, Curves
from cnndoctor.training.early_stopping import EarlyStopping

CHEAP_SECONDS = 120.0  # up to here a thorough examination trains once more unasked
RARELY = 1_000_000  # steps between two looks at the layers, which nobody will read


def run_other_seeds(context: Context, train: TrainEvidence) -> tuple[SeedRun, ...]:
    """Train as configured with further seeds, as many as ``stages.train.seeds`` asks for; one when thorough and cheap.

    Args:
        context: The experiment and whom to tell.
        train: The run with the configured seed.
    """
    wanted = context.experiment.config.stages.train.seeds - 1
    if context.effort == "thorough" and train.seconds <= CHEAP_SECONDS:
        wanted = max(wanted, 1)
    if context.effort == "smoke" or train.resumed_from:
        return ()
    runs = []
    for number in range(1, wanted + 1):
        context.tell.progress(
            number - 1, wanted, f"training once more, with seed {context.experiment.seed + number}"
        )
        runs.append(_run(context, context.experiment.seed + number, train))
    return tuple(runs)


def _run(context: Context, seed: int, train: TrainEvidence) -> SeedRun:
    experiment = context.experiment
    session = experiment.fresh(seed=seed)
    stop = experiment.config.train.early_stopping
    plan = plan_of(experiment, session, smoke=False)
    course = Course(
        experiment=experiment,
        session=session,
        plan=plan,
        curves=Curves(stride=1 + plan.steps // MOST_POINTS),
        stopping=EarlyStopping(patience=stop.patience, min_delta=stop.min_delta, monitor=stop.monitor or "")
        if stop
        else None,
    )
    try:
        ended = course.go(LayerMonitor(session.model, every=RARELY))
        on_train, on_validation = _judged(context, session, train)
    except UserCodeError:
        return SeedRun(seed=seed, steps=course.step, ended="failed")
    return SeedRun(seed=seed, steps=course.step, ended=ended, train=on_train, validation=on_validation)


def _judged(
    context: Context, session: Session, train: TrainEvidence
) -> tuple[Evaluation | None, Evaluation | None]:
    """Judge the final weights on the samples that the configured seed was judged on."""
    task = context.experiment.task
    validation = None
    if session.validation_loader is not None:
        validation = judge(session, session.validation_loader, task, split="validation")
    size = train.validation.samples if train.validation else 0
    sample, _ = training_sample(context.experiment, session, size)
    on_train = judge(session, sample, task, split="train")
    return _short(on_train), _short(validation)


def _short(evaluation: Evaluation | None) -> Evaluation | None:
    # The score counts, not single classes and samples.
    return bare(evaluation) if evaluation and evaluation.samples else None
