"""The first stage: builds the experiment, runs one forward pass and lists what stands before any training."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from cnndoctor.context import Context, Seen
from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.setup import SetupEvidence
from cnndoctor.experiment import Experiment
from cnndoctor.finding import UserFailure
from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.session import Session
from cnndoctor.patient.task import Task
from cnndoctor.probes.calls import Calls, layers_of, recorded_calls
from cnndoctor.probes.inventory import (
    dropout_rates,
    is_normalising,
    layer_records,
    loss_facts,
    optimizer_facts,
    parameter_records,
)
from cnndoctor.probes.loose import loose_modules
from cnndoctor.probes.schedule import plan_of, planned_rates
from cnndoctor.user_code import user_code

MOST_ROWS = 400  # of the text table in TensorBoard


@dataclass(slots=True, kw_only=True)
class _Forward:
    """What one probe forward gave; empty when it failed."""

    outputs: Any = None
    calls: dict[str, Calls] = field(default_factory=dict)


def run(context: Context) -> Seen[SetupEvidence]:
    """Build a session, try one forward pass and list layers, parameters, optimizer, loss and the planned schedule.

    A forward that fails takes nothing away but what only a forward can show.

    Args:
        context: What every stage gets.

    Raises:
        UserCodeError: A factory of the user raised: there is nothing to list.
    """
    experiment = context.experiment
    session = experiment.fresh()
    failures: list[UserFailure] = []
    forward = _Forward()
    try:
        forward = _probe(session)
    except UserCodeError as error:
        failures.append(replace(error.failure, stage="setup"))
    evidence = _evidence(experiment, session, forward)
    train = experiment.config.train
    plan = plan_of(session.train_loader, session.accumulate, train.epochs or 0, train.steps or 0)
    rates, failure = planned_rates(session, plan)
    if failure is not None:
        failures.append(failure)
    evidence = replace(
        evidence, planned_lr=rates, planned_steps=plan.steps, steps_per_epoch=plan.steps_per_epoch
    )
    _tell(context, evidence)
    total = sum(layer.parameters for layer in evidence.layers)
    return Seen(
        evidence=evidence,
        failures=tuple(failures),
        note=f"{evidence.model}: {len(evidence.layers)} layers, {total:,} parameters",
    )


def _probe(session: Session) -> _Forward:
    """Run the configured forward (through the user's step, where there is one) on one batch without gradients."""
    found = _Forward()
    with user_code("read training data", stage="setup"):
        batch = next(islice(session.train_loader, 1), None)
    if batch is None:
        return found
    with user_code("move batch to device", stage="setup"):
        prepared = session.prepare(batch)
    with torch.no_grad(), recorded_calls(session.model) as calls:
        found.calls = calls
        if session.step is None:
            with session.autocast():
                found.outputs = session.forward(session.inputs_of(prepared))
        else:
            found.outputs = session.compute(prepared).outputs
    return found


def _evidence(experiment: Experiment, session: Session, forward: _Forward) -> SetupEvidence:
    model = session.model
    normalising = {path: module for path, module in layers_of(model).items() if is_normalising(module)}
    model.train()
    output = first_tensor(forward.outputs, floating=True)
    return SetupEvidence(
        model=type(model).__name__,
        layers=layer_records(model, forward.calls),
        parameters=parameter_records(model, session.optimizer, experiment.config.intent.frozen),
        loose_modules=loose_modules(model),
        optimizer=optimizer_facts(session.optimizer, model),
        loss=loss_facts(session.loss),
        scheduler=type(session.scheduler).__name__ if session.scheduler is not None else "",
        output_shape=tuple(forward.outputs.shape) if isinstance(forward.outputs, Tensor) else (),
        classes=class_count(output, experiment.task),
        class_names=class_names(experiment.train_data),
        normalisation=tuple(normalising),
        dropouts=dropout_rates(model),
        in_eval_on_purpose=tuple(path for path, module in normalising.items() if not module.training),
    )


def class_count(output: Tensor | None, task: Task) -> int:
    """Return the number of classes that a head of this output tells apart; 0 for other tasks or without an output.

    Args:
        output: [N, C, ...] scores, [T, N, C] for ctc, [N] or [N, 1] for a single score (two classes).
        task: The task.
    """
    if output is None or task not in {Task.CLASSIFICATION, Task.SEGMENTATION, Task.CTC}:
        return 0
    if task is Task.CTC:
        return int(output.shape[-1]) if output.ndim else 0
    width = int(output.shape[1]) if output.ndim > 1 else 1
    return 2 if width == 1 else width


def class_names(dataset: object) -> tuple[str, ...]:
    """Return the class names that a data set, or the one it is a subset of, exposes; in order of their index."""
    seen = 0
    while dataset is not None and seen < 8:  # subsets of subsets; no real nesting is deeper
        index = getattr(dataset, "class_to_idx", None)
        if isinstance(index, dict) and index:
            with suppress(TypeError):
                return tuple(str(name) for name, _ in sorted(index.items(), key=lambda item: item[1]))
        classes = getattr(dataset, "classes", None)
        if isinstance(classes, list | tuple) and classes:
            return tuple(str(name) for name in classes)
        dataset, seen = getattr(dataset, "dataset", None), seen + 1
    return ()


def _tell(context: Context, evidence: SetupEvidence) -> None:
    """Write the parameter table, the planned rates and the weights' distribution to TensorBoard."""
    rows = [
        "| parameter | layer | shape | dtype | trainable | groups | mean | std |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for p in evidence.parameters[:MOST_ROWS]:
        shape = "x".join(str(size) for size in p.shape)
        rows.append(
            f"| {p.name} | {p.kind} | {shape} | {p.dtype} | {'yes' if p.trainable else 'no'} | {p.optimizer_groups} "
            f"| {p.mean:.3g} | {p.std:.3g} |"
        )
    context.tell.text("setup/parameters", "\n".join(rows))
    rows = ["| layer | kind | input | output | parameters | calls |", "|---|---|---|---|---|---|"]
    for layer in evidence.layers[:MOST_ROWS]:
        before, after = ("x".join(str(s) for s in shape) for shape in (layer.input_shape, layer.output_shape))
        name = layer.path or "(the model itself)"
        rows.append(f"| {name} | {layer.kind} | {before} | {after} | {layer.parameters:,} | {layer.calls} |")
    context.tell.text("setup/layers", "\n".join(rows))
    for position, p in enumerate(p for p in evidence.parameters if len(p.shape) > 1):
        context.tell.scalar("setup/weight std by depth", p.std, position)
    for progress, lr in evidence.planned_lr:
        step = round(progress * evidence.planned_steps) if evidence.planned_steps else round(progress * 1000)
        context.tell.scalar("setup/planned lr", lr, step)
