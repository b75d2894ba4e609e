"""What kind of problem an experiment solves where its file does not say: by its loss, and what that meets in one batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from cnndoctor.experiment import Experiment
from cnndoctor.opening.first_batch import UNREADABLE
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.task import Task, infer_task, is_yes_or_no


def inferred_task(experiment: Experiment, batch: object) -> Task:
    """Look at the loss and one batch of targets; an experiment that cannot give a batch is custom (a stage tells why)."""
    with preserved_randomness():
        loss = experiment.build_loss()
        if batch is UNREADABLE:
            return Task.CUSTOM
        if experiment.config.step is not None:
            return _task_of_step(experiment, batch)
        targets = experiment.members.targets_of(batch)
        told = getattr(targets, "ndim", 0) > 1 or is_yes_or_no(targets)
        outputs = _outputs(experiment, batch) if told else None
        return infer_task(loss, targets, outputs)


class _Asked:
    """Stands for the loss while one step runs, and knows afterwards whether the step called it."""

    def __init__(self, loss: Callable[..., Any]) -> None:
        self._loss = loss
        self.called = False

    def __call__(self, *arguments: object, **keywords: object) -> Any:  # noqa: ANN401 - a loss returns what it likes
        self.called = True
        return self._loss(*arguments, **keywords)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._loss, name)


def _task_of_step(experiment: Experiment, batch: object) -> Task:
    """Judge by the outputs and targets that a step returns, and by the loss if the step calls it; else it is custom."""
    try:
        session = experiment.fresh()
        loss, asked = session.loss, _Asked(session.loss) if session.loss is not None else None
        session.loss = asked
        computed = session.compute(session.prepare(batch))
    except Exception:  # noqa: BLE001 - the first-batch stage runs the same step and reports what it raises
        return Task.CUSTOM
    if computed.targets is None or (asked is None and computed.outputs is None):
        return Task.CUSTOM
    if asked is not None and not asked.called:
        return Task.CUSTOM  # a loss that the step never calls says nothing about what is learnt
    return infer_task(loss, computed.targets, computed.outputs)


def _outputs(experiment: Experiment, batch: object) -> object:
    """Return the model's outputs on one batch; None when it raises (the setup stage reports that)."""
    try:
        session = experiment.fresh()
        session.model.eval()
        with torch.no_grad():
            return session.forward(session.inputs_of(session.prepare(batch)))
    except Exception:  # noqa: BLE001 - reported by the setup stage, with the user's traceback
        return None
