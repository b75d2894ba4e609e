"""Real steps: what a few optimizer steps do to every parameter, and whether the gradients of different batches agree."""

from __future__ import annotations

import math
from contextlib import suppress
from itertools import islice
from statistics import median
from time import perf_counter
from typing import Any

import torch
from torch.nn.parameter import UninitializedParameter

from cnndoctor.errors import UserCodeError
from cnndoctor.experiment import Experiment
from cnndoctor.first_look.patient import Patient, loss_value, quietly
from cnndoctor.loop import end_epoch, endless, mode, steps
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session
from cnndoctor.probes.agreement import gradient_agreement
from cnndoctor.probes.answers import Answers
from cnndoctor.probes.controls import input_dependence
from cnndoctor.probes.untouched import untouched
from cnndoctor.probes.updates import Updates

STEPS = 3  # that are looked at
# Steps taken until three count: a warm-up from rate 0 and a gradient scaler's first skips do not.
MOST_TRIES = 12
MOST_ACCUMULATED = 8  # batches of a window: how they add up shows in few of them
# Steps; at the start alone many healthy runs have gradients that share next to nothing.
AGREEMENT_AFTER = (0, 10)
AGREEMENT_SECONDS = 10.0  # a slow model is looked at less
IGNORES = 1e-6  # an output that moves less with its input is asked again after the steps (a head that starts at zero)


def three_steps(
    experiment: Experiment, batches: list[Any], before: Patient, *, dependence: float
) -> dict[str, Any]:
    """Make optimizer steps on a fresh session until three count; return what they did to every parameter.

    Args:
        experiment: Where the fresh session comes from.
        batches: What the steps go through, again and again.
        before: The patient before any step; its failures get what a step raised.
        dependence: How far the output moved with the input before any step; NaN when unknown.

    Returns:
        Fields of the stage's evidence; none where no forward went through.
    """
    if any(failure.phase in {"forward", "loss", "step"} for failure in before.failures):
        return {}
    session = experiment.fresh()
    session.accumulate = min(session.accumulate, MOST_ACCUMULATED)
    _materialise(session, before.batch)
    updates = Updates(session)
    _reset_peak(session.device)
    times: list[float] = []
    facts: dict[str, Any] = {}
    supply = endless(batches)
    try:
        for index in range(MOST_TRIES):
            if updates.counted >= STEPS:
                break
            started = perf_counter()
            for step in steps(session, islice(supply, session.accumulate), start=index):
                updates.look(step)
            times.append(perf_counter() - started)
            if index and not updates.counted:
                end_epoch(
                    session
                )  # a warm-up in epochs that starts at 0: go on to its first epoch that trains
    except UserCodeError as error:
        if error.failure.phase not in {failure.phase for failure in before.failures}:
            before.failures.append(error.failure)
    patient = Patient(session=session, batch=before.batch)
    facts["parameters"] = updates.records()
    facts["steps"] = updates.counted or updates.made
    facts["seconds"] = median(times) if times else 0.0
    facts["peak_memory"] = _peak(session.device)
    if updates.counted:
        facts["loss_after"] = quietly(lambda: loss_value(patient, training=True), math.nan)
    if not dependence > IGNORES and not math.isnan(dependence):
        with untouched(session.model), mode(session.model, training=False):
            answers = Answers(forward=patient.outputs, inputs=patient.inputs)
            later = quietly(lambda: input_dependence(answers), math.nan)
        facts["depends_on_input"] = max(dependence, later) if math.isfinite(later) else dependence
    return facts


def agreement(experiment: Experiment) -> dict[str, Any]:
    """Compare the gradients of different batches, before any step and after a few.

    Args:
        experiment: Where the fresh session comes from.

    Returns:
        Fields of the stage's evidence.
    """
    session = experiment.fresh()
    session.accumulate = min(session.accumulate, MOST_ACCUMULATED)
    shares: list[float] = []
    made: list[int] = []
    samples = 0.0
    started = perf_counter()
    for wanted in AGREEMENT_AFTER:
        count = wanted - (made[-1] if made else 0)
        for _ in steps(session, islice(endless(session.train_loader), count * session.accumulate)):
            pass
        found = gradient_agreement(session, session.train_loader)
        if math.isfinite(found.share):
            shares.append(found.share)
            made.append(wanted)
            samples = found.samples
        if perf_counter() - started > AGREEMENT_SECONDS or not shares:
            break
    return {
        "gradient_agreement": tuple(shares),
        "agreement_steps": tuple(made),
        "agreement_samples": samples,
    }


def _materialise(session: Session, batch: object) -> None:
    """Let lazy layers take their shape, so that their parameters can be followed from the first step on."""
    if any(isinstance(p, UninitializedParameter) for p in session.model.parameters()):
        with (
            preserved_randomness(),
            mode(session.model, training=False),
            torch.no_grad(),
            suppress(UserCodeError),
        ):
            session.compute(batch)


def _reset_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak(device: torch.device) -> int:
    return int(torch.cuda.max_memory_allocated(device)) if device.type == "cuda" else 0
