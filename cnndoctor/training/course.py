"""The course of one watched training run: epochs as configured, with everything recorded on the way."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from cnndoctor.evidence.train import Epoch
from cnndoctor.experiment import Experiment
from cnndoctor.loop import Step, end_epoch, evaluate, steps
from cnndoctor.patient.evaluation import Watched
from cnndoctor.patient.scoring import Tally
from cnndoctor.patient.session import Session
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.probes.activations import ActivationWatch
from cnndoctor.probes.gradient_norm import norm_parts
from cnndoctor.probes.layers import LayerMonitor, rounded
from cnndoctor.training.checkpoint import load_checkpoint, save_checkpoint
from cnndoctor.training.curves import Curves
from cnndoctor.training.early_stopping import EarlyStopping, watched
from cnndoctor.training.memory import MemoryWatch
from cnndoctor.training.metrics import UserMetrics
from cnndoctor.training.scored_batches import ScoredBatches

FETCH_EVERY = 25  # steps between two reads from the device
NONFINITE_STEPS = 20  # a run whose loss was not finite for so many steps in a row does not come back
REPEATED_STEPS = 3  # steps repeated with the same seed: an unseeded generator shows in the first
SCORED_BATCHES = 6  # training batches per epoch that are scored: enough for a curve, a fraction of the cost
UNKNOWN_EPOCH_STRIDE = 4

Ending = str  # completed, early-stopping, not-finite, failed, budget or interrupted


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long a run is to be.

    Attributes:
        epochs: Epochs at most; 0 when only steps count.
        steps: Optimizer steps of the whole configured run; 0 when unknown.
        most_steps: Steps after which this watched run is cut; 0 for none.
        seconds: Time after which it is cut; infinite for none.
        batches: Batches in an epoch; 0 when unknown.
    """

    epochs: int
    steps: int
    most_steps: int
    seconds: float
    batches: int


@dataclass(slots=True, kw_only=True)
class Listener:
    """What the course tells while it runs; does nothing unless replaced."""

    steps: Callable[[Course], None] = lambda _course: None
    epoch: Callable[[Course, Epoch], None] = lambda _course, _epoch: None


@dataclass(slots=True, kw_only=True)
class Course:
    """One run, from its first step to its end.

    Attributes:
        experiment: What is trained.
        session: The model in training.
        plan: How long.
        listener: Told every few steps and every epoch.
        checkpoints: Folder for checkpoints; None writes none.
        step: Optimizer steps made.
        epochs: Epochs done.
        curves: Loss, rate and gradient norm of single steps.
        dead: Activation → share of dead units, per validated epoch.
        saturated: Activation → saturated share at the last validation.
        kinds: Activation → relu, sigmoid or tanh.
        last_activation: Name of the last activation before the output.
        first_losses: Loss of the first few steps, for a repetition with the same seed.
        first_nonfinite: First step whose loss was not finite; -1 on a finite run.
    """

    experiment: Experiment
    session: Session
    plan: Plan
    listener: Listener = field(default_factory=Listener)
    checkpoints: Path | None = None
    step: int = 0
    epochs: list[Epoch] = field(default_factory=list)
    curves: Curves = field(default_factory=Curves)
    dead: dict[str, list[float]] = field(default_factory=dict)
    saturated: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    last_activation: str = ""
    first_losses: list[float] = field(default_factory=list)
    first_nonfinite: int = -1
    nonfinite_streak: int = 0
    skipped: int = 0
    clipped: int = 0
    normed: int = 0
    resumed_from: int = 0
    written: int = 0
    validation_seconds: float = 0.0
    wait_seconds: float = 0.0
    step_seconds: list[float] = field(default_factory=list)
    watch_seconds: float = (
        0.0  # what watching took, but for the looks at the layers, which the monitor counts
    )
    started: float = field(default_factory=perf_counter)
    box: TimeBox = field(default_factory=TimeBox)
    memory: MemoryWatch = field(default_factory=MemoryWatch)
    stop: Ending = ""
    stopping: EarlyStopping | None = None
    told_step: int = -1
    _metrics: tuple[UserMetrics, UserMetrics] | None = None
    _monitor: LayerMonitor | None = None
    _parameters: tuple[nn.Parameter, ...] = ()
    _timed_from: float = 0.0
    _epoch_loss: float = 0.0
    _epoch_steps: int = 0
    _bare: bool = (
        True  # neither metrics of the user's nor a gradient scaler: nothing to do for them at every step
    )

    def resume(self, folder: Path) -> None:
        """Go on from the newest checkpoint in ``folder``.

        Raises:
            StageUnable: None there can be read.
        """
        _, log = load_checkpoint(folder, self.session)
        self.step = self.resumed_from = log["step"]
        self.epochs = [Epoch(**{**row, "metrics": dict(row["metrics"])}) for row in log["epochs"]]
        self.curves.load(log["curves"])
        self.dead = {name: list(shares) for name, shares in log["dead"].items()}
        if self.stopping is not None and log["stopping"]:
            self.stopping.best, self.stopping.waited = log["stopping"]

    def go(self, monitor: LayerMonitor) -> Ending:
        """Train to the end of the plan and return why it ended.

        Args:
            monitor: Watches the layers.

        Raises:
            UserCodeError: The user's code raised; what was recorded until then stands.
        """
        self._monitor = monitor
        # Walking through all modules costs as much as the norm itself.
        self._parameters = tuple(self.session.model.parameters())
        self._metrics = (UserMetrics(self.experiment, "train"), UserMetrics(self.experiment, "validation"))
        self._bare = not self._metrics[0] and not self.session.scaler.is_enabled()
        self.started, self.box = perf_counter(), TimeBox(self.plan.seconds)
        with monitor.watching():
            monitor.next_look = max(monitor.next_look, self.step)
            while not self.stop:
                if self._planned_end():
                    return "completed"
                if self.plan.most_steps and self.step >= self.plan.most_steps:
                    return "budget"
                self._one_epoch()
        return self.stop

    @property
    def total(self) -> int:
        """Return the steps this run will make; 0 when nobody knows."""
        known = [n for n in (self.plan.steps, self.plan.most_steps) if n]
        return min(known, default=0)

    def _planned_end(self) -> bool:
        by_epochs = bool(self.plan.epochs) and len(self.epochs) >= self.plan.epochs
        return by_epochs or bool(not self.plan.epochs and self.plan.steps and self.step >= self.plan.steps)

    def _one_epoch(self) -> None:
        started, first = perf_counter(), self.step
        self._epoch_loss, self._epoch_steps = 0.0, 0
        scored = ScoredBatches(Tally(task=self.experiment.task, loss=self.session.scoring_loss))
        stride = math.ceil(self.plan.batches / SCORED_BATCHES) or UNKNOWN_EPOCH_STRIDE
        self._timed_from = started
        for step in steps(self.session, self._batches(), start=self.step):
            self._record(step, scored if step.index % stride == 0 else None)
            del step  # with all that its forward gave, before the next one needs the room
        self._fetch()
        if self.step == first:
            self.stop = "failed"
            return
        counting = perf_counter()
        tally = scored.tally()
        self.watch_seconds += perf_counter() - counting
        self._close_epoch(tally, started, validate=self.stop != "not-finite")

    def _batches(self) -> Iterator[Any]:
        """Yield batches until the epoch or the plan ends; time spent waiting for them is kept."""
        left = self._batches_left()
        source = iter(self.session.train_loader)
        first = True
        while left != 0 and not self.stop:
            before = perf_counter()
            try:
                batch = next(source)
            except StopIteration:
                return
            if not first:  # the first batch of an epoch pays for the start of workers
                self.wait_seconds += perf_counter() - before
            first, left = False, left - 1
            yield batch

    def _batches_left(self) -> int:
        """Return how many batches the step limits still allow; -1 for any number."""
        limits = [self.plan.most_steps] if self.plan.most_steps else []
        if self.plan.steps and not self.plan.epochs:
            limits.append(self.plan.steps)
        return max(0, min(limits) - self.step) * self.session.accumulate if limits else -1

    def _record(self, step: Step, scored: ScoredBatches | None) -> None:
        """Take what a step shows, between backward and update; of most steps that is the loss and nothing else."""
        assert self._monitor is not None
        index = step.index
        norm = None
        if scored is not None or index == self._monitor.next_look or self.curves.wants_norm(index):
            norm = self._look(step, scored)
        self.curves.add(index, step.loss, step.lrs[0] if step.lrs else math.nan, norm)
        if not self._bare:
            self._take_the_users(step)
        self.step = index + 1
        self._epoch_steps += 1
        if self.step % FETCH_EVERY == 0:
            self._fetch()
            started = perf_counter()
            self.listener.steps(self)
            self.watch_seconds += perf_counter() - started
            self._check_time()
            self._timed_from = perf_counter()
        if self.step >= self._monitor.next_look:
            self._monitor.prepare(self.step, besides=self.watch_seconds)

    def _take_the_users(self, step: Step) -> None:
        """Hand the step to the user's metrics, and see whether the gradient scaler skips it."""
        assert self._metrics is not None
        self._metrics[0].update(step.computed.outputs, step.computed.targets)
        if self.session.scaler.is_enabled():
            step.after.append(self._count_skipped)

    def _look(self, step: Step, scored: ScoredBatches | None) -> list[Tensor] | None:
        """Look closely at a step: its layers, its score, the norm of its gradient where the curve keeps it."""
        assert self._monitor is not None
        started, of_layers = perf_counter(), self._monitor.seconds
        self._monitor.look(step)
        norm = norm_parts(self._parameters) if self.curves.wants_norm(step.index) else None
        if scored is not None:
            scored.add(step.computed.outputs, step.computed.targets)
        # The monitor counts its own time, for most of it lies outside: in hooks and after the update.
        self.watch_seconds += perf_counter() - started - (self._monitor.seconds - of_layers)
        return norm

    def _count_skipped(self, step: Step) -> None:
        self.skipped += int(step.skipped)

    def _fetch(self) -> None:
        started = perf_counter()
        first, losses, norms = self.curves.fetch()
        if losses:  # on an accelerator the work of these steps is done now, not before
            self.step_seconds.append((perf_counter() - self._timed_from) / len(losses))
        for index, loss in enumerate(losses, first):
            self._epoch_loss += loss
            if index < REPEATED_STEPS:
                self.first_losses.append(loss)
            if math.isfinite(loss):
                self.nonfinite_streak = 0
                continue
            self.first_nonfinite = index if self.first_nonfinite < 0 else self.first_nonfinite
            self.nonfinite_streak += 1
        if self.session.clip_grad_norm:
            self.normed += len(norms)
            self.clipped += sum(norm > self.session.clip_grad_norm for norm in norms)
        if self.nonfinite_streak >= NONFINITE_STEPS:
            self.stop = "not-finite"
        self.memory.look(self.step, self.session.device)
        self._timed_from = perf_counter()
        self.watch_seconds += self._timed_from - started

    def _check_time(self) -> None:
        if self.box.over:
            self.stop = "budget"

    def _close_epoch(self, tally: Tally, started: float, *, validate: bool) -> None:
        """Validate, advance the schedule, remember the epoch, write a checkpoint, stop early."""
        assert self._metrics is not None
        group = (
            self.session.optimizer.param_groups[0]
            if self.session.optimizer.param_groups
            else {"lr": math.nan}
        )
        metrics = self._metrics[0].compute() if self._metrics[0] else {}
        epoch = Epoch(
            index=len(self.epochs),
            steps=self.step,
            lr=float(group["lr"]),
            train_loss=self._epoch_loss / max(1, self._epoch_steps),
            train_score=tally.score(),
        )
        if validate and self.session.validation_loader is not None:
            epoch = self._validated(epoch, metrics)
        epoch = dataclasses.replace(epoch, metrics=metrics, seconds=perf_counter() - started)
        self.epochs.append(epoch)
        self.advance(self.session, epoch)
        telling = perf_counter()
        self.listener.epoch(self, epoch)
        self.watch_seconds += perf_counter() - telling
        self._checkpoint()
        if not self.stop and self.stopping is not None and self.stopping.ends(epoch):
            self.stop = "early-stopping"

    def _validated(self, epoch: Epoch, metrics: dict[str, float]) -> Epoch:
        assert self.session.validation_loader is not None
        assert self._metrics is not None
        started = perf_counter()
        seen = Watched(self.session, self.experiment.task)
        watch = ActivationWatch(self.session.model)
        # A one-shot iterator would be empty the second time; the user's mistake shows as NaN, not as our crash.
        with watch.watching():
            for batch, computed in evaluate(self.session, self.session.validation_loader):
                seen.add(batch, computed)
                self._metrics[1].update(computed.outputs, computed.targets)
        if self._metrics[1] and seen.samples:
            metrics |= self._metrics[1].compute()
        self.take_activations(watch)
        self.validation_seconds += perf_counter() - started
        return dataclasses.replace(epoch, validation_loss=seen.loss(), validation_score=seen.tally.score())

    @staticmethod
    def advance(session: Session, epoch: Epoch) -> None:
        """Step a schedule that steps once an epoch, with the value it watches."""
        value = watched(epoch, session.scheduler_monitor)
        end_epoch(session, value if math.isfinite(value) else None)

    def take_activations(self, watch: ActivationWatch) -> None:
        """Keep what an evaluation pass showed of dead and saturated units."""
        for name, share in watch.dead_shares().items():
            self.dead.setdefault(name, []).append(rounded(share))
        self.saturated = {name: rounded(share) for name, share in watch.saturated_shares().items()}
        self.kinds |= watch.kinds
        self.last_activation = watch.last or self.last_activation

    def _checkpoint(self) -> None:
        every = self.experiment.config.train.checkpoint_every
        if self.checkpoints is None or not every or len(self.epochs) % every:
            return
        save_checkpoint(self.checkpoints, self.session, epoch=len(self.epochs), log=self._log())
        self.written += 1

    def _log(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "epochs": [dataclasses.asdict(epoch) for epoch in self.epochs],
            "curves": self.curves.state(),
            "dead": self.dead,
            "stopping": (self.stopping.best, self.stopping.waited) if self.stopping else None,
        }

    def update_ratios(self) -> dict[str, float]:
        """Return the update ratio of each layer at the last look."""
        return self._monitor.latest() if self._monitor else {}

    def typical_step_seconds(self) -> float:
        """Return the median time of a step."""
        return median(self.step_seconds) if self.step_seconds else 0.0


def plan_of(experiment: Experiment, session: Session, *, smoke: bool) -> Plan:
    """Return how long the configured run is.

    Args:
        experiment: Whose train section.
        session: Whose loader tells the length of an epoch.
        smoke: Cut the run after a few dozen steps.
    """
    train, batches = experiment.config.train, batch_count(session.train_loader)
    per_epoch = math.ceil(batches / session.accumulate)
    planned = train.steps or (train.epochs or 1) * per_epoch
    return Plan(
        epochs=0 if train.steps else (train.epochs or 1),
        steps=planned,
        most_steps=SMOKE_STEPS if smoke else 0,
        seconds=experiment.config.stages.train.budget_seconds or math.inf,
        batches=batches,
    )


SMOKE_STEPS = 50


def batch_count(loader: Iterable[Any]) -> int:
    """Return the batches of one epoch; 0 when the loader does not know."""
    try:
        return len(loader)  # type: ignore[arg-type]
    except (TypeError, NotImplementedError):
        return 0


def fingerprints(session: Session) -> dict[str, tuple[float, ...]]:
    """Return sums and sampled elements of every trainable parameter that the optimizer holds; equal means bit-identical.

    A copy would double the memory of the weights.
    """
    held = {id(p) for group in session.optimizer.param_groups for p in group["params"]}
    marks = {}
    for name, parameter in session.model.named_parameters():
        if (
            not parameter.requires_grad
            or id(parameter) not in held
            or isinstance(parameter, nn.UninitializedParameter)
        ):
            continue
        flat = parameter.detach().reshape(-1)
        if flat.is_complex():
            flat = torch.view_as_real(flat).reshape(-1)
        some = flat[:: max(1, len(flat) // 512)].float()
        whole = [flat.sum(dtype=torch.float64).float().reshape(1), flat.norm().float().reshape(1)]
        marks[name] = tuple(torch.cat([*whole, some]).tolist())
    return marks
