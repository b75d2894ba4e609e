"""The one training loop: a generator of Step that yields between backward and optimizer step.

Whoever drives it writes a plain ``for``; at the yield, gradients are complete and unscaled and nothing has moved yet.
The arithmetic is that of the loop a user would write by hand, operation by operation, so losses are bit-identical.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.nn.modules.batchnorm import _BatchNorm

from cnndoctor.patient.batches import size_of
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Computed, Session
from cnndoctor.user_code import user_code

# Borders hold no state, so they are made once.
_BACKWARD, _OPTIMIZER_STEP, _SCHEDULER = (
    user_code(phase) for phase in ("backward", "optimizer step", "scheduler")
)
_OPTIONAL = Parameter("closure", Parameter.KEYWORD_ONLY, default=None)


@dataclass(slots=True, kw_only=True)
class Step:
    """One optimizer step, seen between backward and update.

    Attributes:
        index: Optimizer steps made before this one.
        batch: The last batch of its accumulation window, on the device.
        loss: Mean loss over its accumulation window, detached, on the device, not divided by ``accumulate``.
        computed: Forward results of the last batch (graph already freed).
        lrs: Learning rate of each group that this step uses.
        clip_norm: Total gradient norm as clipping saw it; None before the update or without clipping.
        skipped: Whether the gradient scaler skipped the update; known after the update.
        after: Called after the update, before the scheduler; append to it at the yield.
    """

    index: int
    batch: Any
    loss: Tensor
    computed: Computed
    lrs: tuple[float, ...]
    clip_norm: Tensor | None = None
    skipped: bool = False
    after: list[Callable[[Step], None]] = field(default_factory=list)


def steps(session: Session, batches: Iterable[Any], *, start: int = 0) -> Iterator[Step]:
    """Train on ``batches`` and yield each step between backward and update.

    Stopping the iteration leaves the pending update undone.

    Args:
        session: Model, loss, optimizer and settings; changed in place.
        batches: Batches as the loader gives them; one epoch, a fixed list, or ``endless(loader)``.
        start: Index of the first step.

    Raises:
        UserCodeError: The user's code raised.
    """
    session.optimizer.zero_grad(set_to_none=True)
    accumulate, scaler = session.accumulate, session.scaler if session.scaler.is_enabled() else None
    scale = accumulate if session.accumulate_normalised else 1
    closed = needs_closure(session.optimizer)
    index, window = start, _Window()
    for batch in _read(batches):
        prepared = session.prepare(batch)
        computed = session.compute(prepared)
        loss = computed.loss / scale if scale > 1 else computed.loss
        with _BACKWARD:
            (scaler.scale(loss) if scaler is not None else loss).backward()  # type: ignore[no-untyped-call]
        if accumulate > 1:
            window.add(prepared, computed)
            step = _complete(session, window, index) if window.batches == accumulate else None
        else:  # nearly every run: a window of one batch is the batch
            step = Step(
                index=index,
                batch=prepared,
                loss=computed.loss.detach(),
                computed=computed,
                lrs=_rates(session),
            )
        # What a step computed must not stay in memory beside what the next one computes: every name lets go of it.
        del batch, prepared, computed, loss
        if step is not None:
            if scaler is not None:
                scaler.unscale_(session.optimizer)
            yield step
            _update(session, step, scaler, closed=closed)
            index += 1
            if accumulate > 1:
                window = _Window()
        del step
    if window.batches:  # an epoch whose batches do not fill the last window still uses them
        if scaler is not None:
            scaler.unscale_(session.optimizer)
        step = _complete(session, window, index)
        yield step
        _update(session, step, scaler, closed=closed)


def end_epoch(session: Session, monitored: float | None = None) -> None:
    """Advance a scheduler that steps once an epoch.

    Args:
        session: Whose scheduler.
        monitored: Value for a scheduler that watches a metric.
    """
    if session.scheduler is None or session.scheduler_interval != "epoch":
        return
    with _SCHEDULER:
        if isinstance(session.scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
            if monitored is not None:
                session.scheduler.step(monitored)
        else:
            session.scheduler.step()


def endless(loader: Iterable[Any]) -> Iterator[Any]:
    """Yield batches epoch after epoch; ends only when the loader is empty."""
    while True:
        count = 0
        for batch in loader:
            count += 1
            yield batch
        if not count:
            return


def evaluate(
    session: Session, batches: Iterable[Any], *, phase: str = "validation", batch_statistics: bool = False
) -> Iterator[tuple[Any, Computed]]:
    """Yield (prepared batch, forward results) in eval mode without gradients; modes and randomness stay as they were.

    Args:
        session: Model and loss.
        batches: Batches as the loader gives them.
        phase: Name of what is being read, for the user's traceback.
        batch_statistics: Let batch normalisation that trains use the batch's statistics; running ones stay as they were.
    """
    trained = (
        [m for m in session.model.modules() if isinstance(m, _BatchNorm) and m.training]
        if batch_statistics
        else []
    )
    with preserved_randomness(), mode(session.model, training=False), _kept_buffers(trained):
        for module in trained:
            module.training = True
        iterator = _read(batches, phase=phase)
        while True:
            # Gradient mode is switched per batch: a generator must not leak it to its consumer between two yields.
            with torch.no_grad():
                try:
                    batch = session.prepare(next(iterator))
                except StopIteration:
                    return
                if trained and size_of(batch) < 2:  # one sample has no batch statistics
                    continue
                computed = session.compute(batch)
            yield batch, computed


@contextmanager
def mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Put the model into training or eval mode, and every module back as it was."""
    before = [(module, module.training) for module in model.modules()]
    model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            module.training = was_training


@contextmanager
def _kept_buffers(modules: Iterable[nn.Module]) -> Iterator[None]:
    """Put the buffers of these modules back as they were."""
    before = [(buffer, buffer.clone()) for module in modules for buffer in module.buffers(recurse=False)]
    try:
        yield
    finally:
        for buffer, value in before:
            buffer.copy_(value)


@dataclass(slots=True)
class _Window:
    """What one accumulation window gathered."""

    batches: int = 0
    loss: Tensor | None = None
    batch: Any = None
    computed: Computed | None = None

    def add(self, batch: object, computed: Computed) -> None:
        loss = computed.loss.detach()
        self.loss = loss if self.loss is None else self.loss + loss
        self.batches += 1
        self.batch, self.computed = batch, computed


def _complete(session: Session, window: _Window, index: int) -> Step:
    """Return the step of a window of several batches, or of the last one of an epoch, as it is before its update."""
    assert window.loss is not None
    assert window.computed is not None
    return Step(
        index=index,
        batch=window.batch,
        loss=window.loss / window.batches if window.batches > 1 else window.loss,
        computed=window.computed,
        lrs=_rates(session),
    )


def _rates(session: Session) -> tuple[float, ...]:
    return tuple([float(group["lr"]) for group in session.optimizer.param_groups])


def needs_closure(optimizer: torch.optim.Optimizer) -> bool:
    """Return whether a step of the optimizer must be given a function that computes the loss again (LBFGS)."""
    return signature(optimizer.step).parameters.get("closure", _OPTIONAL).default is Parameter.empty


def _closure(session: Session, step: Step) -> Callable[[], Tensor]:
    """Return the function that such an optimizer calls: forward and backward on the batch of the step.

    Its first call is the forward and backward that the step was seen with: they are not made twice.
    """
    name = type(session.optimizer).__name__
    for setting, is_set in (
        ("train.accumulate", session.accumulate > 1),
        ("train.precision: fp16", session.scaler.is_enabled()),
    ):
        if is_set:
            raise TypeError(f"{name} computes the loss again within a step; {setting} cannot go with it")
    made = False

    def again() -> Tensor:
        nonlocal made
        if not made:
            made = True
            return step.loss
        with torch.enable_grad():
            session.optimizer.zero_grad(set_to_none=True)
            loss = session.compute(step.batch).loss
            loss.backward()  # type: ignore[no-untyped-call]
            if session.clip_grad_norm:
                nn.utils.clip_grad_norm_(session.model.parameters(), session.clip_grad_norm)
        return loss

    return again


def _update(session: Session, step: Step, scaler: GradScaler | None, *, closed: bool) -> None:
    """Clip, step, tell, schedule: in the order of the PyTorch manual."""
    if session.clip_grad_norm:
        step.clip_norm = nn.utils.clip_grad_norm_(session.model.parameters(), session.clip_grad_norm)
    with _OPTIMIZER_STEP:
        if closed:
            session.optimizer.step(_closure(session, step))  # type: ignore[arg-type]
        elif scaler is None:
            session.optimizer.step()
        else:
            before = scaler.get_scale()
            scaler.step(session.optimizer)
            scaler.update()
            step.skipped = scaler.get_scale() < before
    for tell in step.after:
        tell(step)
    session.optimizer.zero_grad(set_to_none=True)
    if session.scheduler is not None and session.scheduler_interval == "step" and not step.skipped:
        with _SCHEDULER:
            session.scheduler.step()


def _read(batches: Iterable[Any], *, phase: str = "training data") -> Iterator[Any]:
    """Yield batches; an exception of the user's dataset or collate function becomes a UserCodeError.

    What the consumer raises between two batches is not raised in here, so one border serves all of them.
    """
    with user_code(f"read {phase}"):
        for batch in batches:
            yield batch
            del batch
