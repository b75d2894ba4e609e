"""Looks closely at one batch: signals and gradients of every layer, control experiments, and three real optimizer steps."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import Any

import torch

from cnndoctor.context import Context, Seen
from cnndoctor.evidence.first_batch import FirstBatchEvidence, Speed
from cnndoctor.first_look.collated import collate_mixing
from cnndoctor.first_look.controls import run_controls
from cnndoctor.first_look.first_pass import first_pass
from cnndoctor.first_look.output_and_loss import output_and_loss
from cnndoctor.first_look.pairing import pairing
from cnndoctor.first_look.patient import Patient, quietly
from cnndoctor.first_look.real_steps import MOST_ACCUMULATED, STEPS, agreement, three_steps
from cnndoctor.first_look.structure import structure
from cnndoctor.patient.batches import size_of
from cnndoctor.probes.speed import speeds, variants
from cnndoctor.training.course import plan_of
from cnndoctor.user_code import user_code

SPEED_SECONDS = 20.0  # for all ways together; chosen: a third of the shortest training that it is done for
LONG_SECONDS = 60.0  # of training: what is shorter is waited for, not made faster
MOST_ROWS = 400


def run(context: Context) -> Seen[FirstBatchEvidence]:
    """Look at one real batch and make three real optimizer steps.

    Where the user's code raises, what was measured before is kept and the exception is among the failures.

    Args:
        context: What every stage gets.

    Raises:
        UserCodeError: The data could not be read or the experiment not built: there is nothing to look at.
    """
    # Tracing shifts the line that a warning of the user's points at, and every pass would repeat it; other stages show it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _run(context)


def _run(context: Context) -> Seen[FirstBatchEvidence]:
    tell = context.tell.progress
    session = context.experiment.fresh()
    session.accumulate = min(session.accumulate, MOST_ACCUMULATED)
    batches = _read(session.train_loader, STEPS * session.accumulate)
    if not batches:
        return Seen(evidence=None, note="the training loader gave no batch")
    with user_code("move batch to device", stage="first-batch"):
        patient = Patient(session=session, batch=session.prepare(batches[0]))
    tell(0, 4, "forward and backward")
    first = first_pass(patient, task=context.experiment.task, data=context.so_far.data)
    tell(1, 4, "control experiments")
    facts: dict[str, Any] = {"batch_size": size_of(patient.batch), **first.facts}
    facts |= run_controls(patient)
    facts["collate_mixing"] = collate_mixing(patient)
    if not patient.failures:
        facts["loss_pairing"], facts["loss_targets"] = pairing(patient)
    facts |= structure(patient, first)
    facts |= output_and_loss(patient, first)
    tell(2, 4, "three optimizer steps")
    facts |= three_steps(context.experiment, batches, patient, dependence=facts["depends_on_input"])
    tell(4, 4, "comparing gradients of different batches")
    if not patient.failures and context.effort != "smoke":
        unknown: dict[str, Any] = {}
        facts |= quietly(lambda: agreement(context.experiment), unknown)
        facts["speeds"] = _speeds(context, batches[0])
    evidence = FirstBatchEvidence(**facts)
    _tell(context, evidence)
    failures = tuple(dict.fromkeys(replace(f, stage="first-batch") for f in patient.failures))
    return Seen(evidence=evidence, failures=failures, note=_note(evidence))


def _speeds(context: Context, batch: Any) -> tuple[Speed, ...]:  # noqa: ANN401 - a batch holds what the user put in
    """Time the step in other ways, where the whole run is so long that somebody would care."""
    session = context.experiment.fresh()
    planned = plan_of(context.experiment, session, smoke=False).steps
    return speeds(
        context.experiment.fresh,
        batch,
        variants(session, torch.get_num_threads()),
        seconds=SPEED_SECONDS,
        worth=lambda seconds: seconds * planned > LONG_SECONDS,
    )


def _read(loader: Iterable[Any], count: int) -> list[Any]:
    with user_code("read training data", stage="first-batch"):
        return list(islice(loader, count))


def _note(evidence: FirstBatchEvidence) -> str:
    if not evidence.steps:
        return "no optimizer step could be made"
    return f"loss {evidence.loss.value:.4g} before and {evidence.loss_after:.4g} after {evidence.steps} steps"


def _tell(context: Context, evidence: FirstBatchEvidence) -> None:
    """Write signals by depth and a table to TensorBoard."""
    tell = context.tell
    rows = ["| layer | kind | mean | std | zeros | dead | gradient rms |", "|---|---|---|---|---|---|---|"]
    for s in evidence.layers[:MOST_ROWS]:
        tell.scalar("first-batch/activation std by depth", s.std, s.position)
        tell.scalar("first-batch/gradient rms by depth", s.gradient_rms, s.position)
        rows.append(
            f"| {s.path} | {s.kind} | {s.mean:.3g} | {s.std:.3g} | {s.zero_share:.0%} | {s.dead_units:.0%} "
            f"| {s.gradient_rms:.3g} |"
        )
    tell.text("first-batch/layers", "\n".join(rows))
    rows = [
        "| parameter | gradient | gradient rms | weight rms | changed | update ratio |",
        "|---|---|---|---|---|---|",
    ]
    for position, p in enumerate(evidence.parameters[:MOST_ROWS]):
        tell.scalar("first-batch/update ratio by parameter", p.update_ratio, position)
        rows.append(
            f"| {p.name} | {p.gradient} | {p.gradient_rms:.3g} | {p.weight_rms:.3g} | {'yes' if p.changed else 'no'} "
            f"| {p.update_ratio:.3g} |"
        )
    tell.text("first-batch/parameters", "\n".join(rows))
