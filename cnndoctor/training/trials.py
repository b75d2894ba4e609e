"""Paired runs after a training that went badly: each differs from the configured run in a single thing.

Every run starts from the same seed and makes the same number of steps. Rivals are all run, also after one rescued the
training: what tells a cause from a crutch is which change ends better. What helped is repeated with a second seed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from cnndoctor.errors import CnndoctorError
from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.evidence.trials import Trial, TrialsEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.loop import end_epoch, evaluate, steps
from cnndoctor.patient.augmentation import without_transform
from cnndoctor.patient.batches import first_tensor, size_of
from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.evaluation import Watched, training_sample
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import Task
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.signs.success import evaluation_gain, gain

if TYPE_CHECKING:
    from cnndoctor.stages.seen import Context

MOST_STEPS = 300
FEWEST_STEPS = 40
LEAST_SECONDS = 20.0  # time box of all trials of a short run
HARD_SECONDS = 90.0  # after this no further trial is started, whatever was planned
SAMPLES_JUDGED = 400
LOOK_EVERY = 10
BAD_LOOKS = 3
SMALL_BATCH = 8
HELPED = 0.05  # gain over the configured run that earns a second seed
AT_CHANCE = 0.1  # share of the way from a constant prediction to perfect
HALF_LEARNT = 0.6  # share of the way to perfect; what learns its augmented data has no trouble with them
OF_BASELINE = 0.8
MEMORISED = 0.85
ADAM_LR, SGD_LR = 1e-3, 1e-2
AUGMENTED = "augmented"

ADAM = Change(name="adam", words="Adam at 1e-3", optimizer="adam", lr=ADAM_LR)
SGD = Change(name="sgd", words="SGD at 1e-2 with momentum 0.9", optimizer="sgd", lr=SGD_LR)
RATES = (
    Change(name="lr/10", words="a tenth of the learning rate", lr_factor=0.1),
    Change(name="lr*10", words="ten times the learning rate", lr_factor=10),
    Change(name="lr/100", words="a hundredth of the learning rate", lr_factor=0.01),
    Change(name="lr*100", words="a hundred times the learning rate", lr_factor=100),
)
INPUTS = Change(
    name="standardised-inputs", words="inputs scaled to mean 0, std 1 per channel", standardise_inputs=True
)
TARGETS = Change(
    name="standardised-targets", words="targets scaled to mean 0, std 1", standardise_targets=True
)
DEFAULT_INIT = Change(name="default-init", words="PyTorch's default initialisation", default_init=True)
HE_INIT = Change(name="he-init", words="He's initialisation", he_init=True)
CLIPPING = Change(name="gradient-clipping", words="gradients clipped at norm 1", clip_grad_norm=1.0)
NO_DECAY = Change(name="no-weight-decay", words="no weight decay", weight_decay_off=True)
NO_PENALTY = Change(name="no-penalty", words="without the penalty that the step reports", penalty_off=True)
NO_DROPOUT = Change(name="no-dropout", words="no dropout", dropout_off=True)
NO_SCHEDULE = Change(name="no-schedule", words="a constant learning rate", schedule_off=True)
NO_SMOOTHING = Change(name="no-label-smoothing", words="no label smoothing", label_smoothing_off=True)
FP32 = Change(name="fp32", words="full precision", fp32=True)
RELU = Change(name="relu", words="ReLU instead of sigmoid and tanh", relu=True)
SHUFFLED = Change(name="shuffled", words="training data in random order", shuffled=True)
BIGGER_BATCH = Change(name="bigger-batch", words="eight times the batch size", batch_factor=8)
PLAIN = Change(name="plain-inputs", words="no augmentation of training data", augmentation_off=True)
NO_CLIPPING = Change(name="no-clipping", words="no gradient clipping", clipping_off=True)
UNFROZEN = Change(name="unfrozen", words="all parameters trained, none frozen", unfrozen=True)
LONGER = Change(name="longer", words="three times the steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What all trials share: how long, and what they are judged on."""

    experiment: Experiment
    steps: int
    box: TimeBox
    validation_size: int


def run_trials(context: Context, train: TrainEvidence) -> TrialsEvidence | None:
    """Run the paired experiments when training went badly; None when it did not.

    Args:
        context: The experiment and what the stages before saw.
        train: The watched run.
    """
    reason = reason_for(train, baseline_gain(context)) or _augmented(context, train)
    if not reason or train.is_stub or (context.effort == "smoke" and train.ended == "budget"):
        return None
    started = perf_counter()
    changes = list(_changes(context.experiment))
    if context.so_far.first_batch is not None and context.so_far.first_batch.loss.penalty:
        changes.append(NO_PENALTY)
    if reason == AUGMENTED:
        changes = [change for change in changes if change in (AS_CONFIGURED, PLAIN)]
        if PLAIN not in changes:
            return None
    alone = reason == AUGMENTED  # two pairs, so that each may be as long as the run itself
    bench = _bench(
        context,
        train,
        runs=4 if alone else len(changes) + 6,
        seconds=HARD_SECONDS if alone else LEAST_SECONDS,
    )
    seeds = [context.experiment.seed, context.experiment.seed + 1]
    trials: list[Trial] = []
    for number, change in enumerate(changes):
        context.tell.progress(number, len(changes) + 6, f"finding the cause: {change.words}")
        _attempt(bench, change, seeds[0], trials)
    helpful = _helpful(trials)
    for number, change in enumerate(change for change in changes if change.name in helpful):
        context.tell.progress(
            len(changes) + number, len(changes) + len(helpful), f"once more with another seed: {change.words}"
        )
        _attempt(bench, change, seeds[1], trials)
    chance = train.train.chance if train.train else math.nan
    return TrialsEvidence(
        reason=reason, chance=chance, trials=tuple(trials), seconds=perf_counter() - started
    )


def reason_for(train: TrainEvidence, baseline: float) -> str:
    """Return why experiments are worth their time: not-finite, diverged, chance, below-baseline, slow; empty for none.

    Args:
        train: The watched run.
        baseline: Gain of simple models on the same data; NaN when unknown.
    """
    if train.ended == "not-finite" or train.nonfinite is not None:
        return "not-finite"
    on_train, on_validation = evaluation_gain(train.train), evaluation_gain(train.validation)
    if not math.isfinite(on_train) and (train.train is None or not math.isfinite(train.train.loss)):
        return "not-finite" if train.steps else ""
    if _diverged(train):
        return "diverged"
    if on_train < AT_CHANCE:
        return "chance"
    if on_validation < OF_BASELINE * baseline:
        return "below-baseline"
    if on_train < MEMORISED and not on_validation >= baseline:
        return "slow"
    return ""


def _augmented(context: Context, train: TrainEvidence) -> str:
    """Return the reason to try without augmentation: samples change at every read, and the changed ones are not learnt."""
    data = context.so_far.data
    random = data is not None and data.train.random_reads > 0
    return AUGMENTED if random and evaluation_gain(train.train) < HALF_LEARNT else ""


def baseline_gain(context: Context) -> float:
    """Return how far simple models get on validation, as a gain; NaN when unknown."""
    data = context.so_far.data
    if data is None or not data.baseline.metric:
        return math.nan
    baseline = data.baseline
    score = baseline.validation if math.isfinite(baseline.validation) else baseline.train
    return gain(score, baseline.chance)


def _diverged(train: TrainEvidence) -> bool:
    losses = [loss for loss in train.losses if math.isfinite(loss)]
    if len(losses) < 10:
        return False
    start, end = sorted(losses[:5])[2], sorted(losses[-5:])[2]
    return end > 1.5 * abs(start) + 1e-12


def _changes(experiment: Experiment) -> Iterator[Change]:
    """Yield the rivals that make sense for this experiment, the configured run first."""
    with preserved_randomness():
        session = experiment.fresh()
        inputs = _first_inputs(session)
    yield AS_CONFIGURED
    yield from RATES[:2]
    if inputs is not None and inputs.is_floating_point():
        yield INPUTS
    if experiment.task is Task.REGRESSION:
        yield TARGETS
    yield from (change for change in (ADAM, SGD) if not _is_configured(session, change))
    yield from (DEFAULT_INIT, HE_INIT, CLIPPING)
    if not all(parameter.requires_grad for parameter in session.model.parameters()):
        yield UNFROZEN
    if any(group.get("weight_decay", 0) for group in session.optimizer.param_groups):
        yield NO_DECAY
    if any(getattr(m, "p", 0) for m in session.model.modules() if "drop" in type(m).__name__.lower()):
        yield NO_DROPOUT
    if session.scheduler is not None:
        yield NO_SCHEDULE
    if session.clip_grad_norm:
        yield NO_CLIPPING
    splits = [
        getattr(loader, "dataset", None) for loader in (session.train_loader, session.validation_loader)
    ]
    if without_transform(*splits) is not None:
        yield PLAIN
    if session.precision != "fp32":
        yield FP32
    if getattr(session.loss, "label_smoothing", 0):
        yield NO_SMOOTHING
    if any(isinstance(m, nn.Sigmoid | nn.Tanh) for m in session.model.modules()):
        yield RELU
    yield from _order(session, inputs)
    yield from RATES[2:]
    yield LONGER


def _is_configured(session: Session, change: Change) -> bool:
    """Return whether a rival optimizer is what the experiment uses anyway."""
    group = session.optimizer.param_groups[0]
    same_kind = type(session.optimizer).__name__.lower() == change.optimizer
    same_momentum = change.optimizer != "sgd" or group.get("momentum", 0) == 0.9
    return same_kind and same_momentum and group["lr"] == change.lr and session.scheduler is None


def _order(session: Session, inputs: torch.Tensor | None) -> Iterator[Change]:
    loader = session.train_loader
    if isinstance(getattr(loader, "sampler", None), torch.utils.data.SequentialSampler):
        yield SHUFFLED
    if inputs is not None and inputs.ndim and len(inputs) < SMALL_BATCH:
        yield BIGGER_BATCH


def _first_inputs(session: Session) -> torch.Tensor | None:
    return first_tensor(session.members.inputs_of(next(iter(session.train_loader), None)))


def _bench(context: Context, train: TrainEvidence, *, runs: int, seconds: float) -> _Bench:
    """Choose the steps so that so many runs fit the time box; halved as a whole, so that clocks hardly ever change it."""
    box = max(seconds, train.seconds / 2)
    wanted = min(MOST_STEPS, train.planned_steps or MOST_STEPS)
    while wanted > FEWEST_STEPS and runs * wanted * train.seconds_per_step > box:
        wanted //= 2
    size = train.validation.samples if train.validation else 0
    hard = TimeBox(max(HARD_SECONDS, train.seconds))
    return _Bench(experiment=context.experiment, steps=max(1, wanted), box=hard, validation_size=size)


def _helpful(trials: list[Trial]) -> set[str]:
    """Return the names of what deserves a second seed: the configured run and every change that clearly did better."""
    base = next((trial for trial in trials if trial.name == AS_CONFIGURED.name), None)
    if base is None:
        return set()
    return {base.name} | {trial.name for trial in trials if better(trial, base)}


def better(trial: Trial, base: Trial) -> bool:
    """Return whether a trial ended clearly better than another: by score on either split, or by loss without a score."""
    if math.isfinite(trial.train_score):
        pairs = (trial.train_score, base.train_score), (trial.validation_score, base.validation_score)
        return not math.isfinite(base.train_score) or any(ours >= theirs + HELPED for ours, theirs in pairs)
    if not math.isfinite(trial.train_loss):
        return False
    return not math.isfinite(base.train_loss) or trial.train_loss < (1 - HELPED) * base.train_loss


def _attempt(bench: _Bench, change: Change, seed: int, trials: list[Trial]) -> None:
    """Run one trial and add its record; one that cannot run (a rival that does not fit this model) leaves none."""
    if bench.box.over:
        return
    try:
        trials.append(_run(bench, change, seed))
    except (CnndoctorError, RuntimeError, ValueError, TypeError):
        # The configured run works; a change that breaks it (a swapped activation, say) says nothing about the fault.
        return


def _run(bench: _Bench, change: Change, seed: int) -> Trial:
    session = bench.experiment.fresh(seed=seed, change=change)
    budget = bench.steps * 3 if change is LONGER else bench.steps
    made, finite = _train(session, budget)
    train_loss, train_score = (
        _judged(session, bench, *_sample(bench, session)) if finite else (math.nan, math.nan)
    )
    validation: Iterable[Any] = session.validation_loader if session.validation_loader is not None else ()
    loss, score = _judged(session, bench, validation) if finite else (math.nan, math.nan)
    return Trial(
        name=change.name,
        change=change.words,
        seed=seed,
        steps=made,
        train_loss=train_loss,
        train_score=train_score,
        validation_loss=loss,
        validation_score=score,
    )


def _train(session: Session, budget: int) -> tuple[int, bool]:
    """Train for a number of steps; return how many were made and whether the loss stayed finite."""
    made, bad = 0, 0
    while made < budget:
        before = made
        batches = islice(session.train_loader, (budget - made) * session.accumulate)
        for step in steps(session, batches, start=made):
            made = step.index + 1
            if made % LOOK_EVERY == 0:
                bad = 0 if bool(torch.isfinite(step.loss)) else bad + 1
                if bad >= BAD_LOOKS:
                    return made, False
        if made == before:
            break
        end_epoch(session, None)
    return made, True


def _sample(bench: _Bench, session: Session) -> tuple[Iterable[Any]]:
    return (training_sample(bench.experiment, session, min(bench.validation_size, SAMPLES_JUDGED))[0],)


def _judged(session: Session, bench: _Bench, batches: Iterable[Any]) -> tuple[float, float]:
    """Return loss and score in eval mode over the first few hundred samples."""
    seen = Watched(session, bench.experiment.task)
    for batch, computed in evaluate(session, _first(batches)):
        seen.add(batch, computed)
    loss = seen.loss()
    return loss, seen.tally.score() if math.isfinite(loss) else math.nan


def _first(batches: Iterable[Any]) -> Iterator[Any]:
    samples = 0
    for batch in batches:
        yield batch
        samples += size_of(batch)
        if samples >= SAMPLES_JUDGED:
            return
