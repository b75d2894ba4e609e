"""Gradient: does backward compute the gradient of what forward computes? Held against differences in float64.

A copy of the model is made double, its weights are moved a little off the corners they may sit on, and every parameter
tensor is checked along one random direction; coordinates follow where that is not enough. When something is wrong, custom
functions and modules are checked one by one to find whose backward it is, and what differs on purpose is left out.
"""

from __future__ import annotations

import time
from dataclasses import replace

from cnndoctor.context import Context, Seen
from cnndoctor.differences.bench import NotCheckable, build_bench, first_evaluation
from cnndoctor.differences.explanation import explained
from cnndoctor.differences.tensors import check_all
from cnndoctor.errors import CnndoctorError, UserCodeError
from cnndoctor.evidence import GradientEvidence
from cnndoctor.patient.batches import size_of
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.probes.double_precision import default_double

NO_LIMIT = 3_600.0  # seconds, in place of no budget
SMOKE_SECONDS = 3.0


def run(context: Context) -> Seen[GradientEvidence]:
    """Check every parameter's gradient numerically.

    Args:
        context: The experiment and who is told.
    """
    started = time.perf_counter()
    try:
        with default_double():
            evidence = _checked(context)
    except NotCheckable as error:
        evidence = GradientEvidence(checkable=False, reason=str(error))
    except UserCodeError as error:
        reason = (
            f"{error.failure.phase} does not run in float64: {error.failure.type}: {error.failure.message}"
        )
        evidence = GradientEvidence(checkable=False, reason=reason)
    except CnndoctorError:
        raise
    except Exception as error:  # noqa: BLE001 - a user's code may refuse in float64 what it takes in training: no fault
        reason = f"the experiment does not run in float64: {type(error).__name__}: {_first_line(error)}"
        evidence = GradientEvidence(checkable=False, reason=reason)
    evidence = replace(evidence, seconds=time.perf_counter() - started)
    _tell(context, evidence)
    return Seen(evidence=evidence, note=_note(evidence))


def _checked(context: Context) -> GradientEvidence:
    knobs = context.experiment.config.stages.gradient
    seconds = min(knobs.seconds or NO_LIMIT, SMOKE_SECONDS if context.effort == "smoke" else NO_LIMIT)
    bench = build_bench(context.experiment, knobs.samples, TimeBox(seconds))
    base, functions = first_evaluation(bench)
    tensors, untested = check_all(bench, context.tell.progress, base, knobs.coordinates)
    evidence = GradientEvidence(
        checkable=True,
        samples=size_of(bench.batches[0]),
        tensors=tuple(tensors),
        custom_functions=tuple(functions),
        untested=tuple(untested),
    )
    # Where gradients vanish no tensor shows what a custom function does wrong, so these are checked in any case.
    if functions or any(tensor.verdict in {"uneasy", "wrong"} for tensor in tensors):
        evidence = explained(bench, evidence, list(functions.values()))
    return replace(evidence, evaluations=bench.evaluations)


def _tell(context: Context, evidence: GradientEvidence) -> None:
    for index, tensor in enumerate(evidence.tensors):
        context.tell.scalar("gradient/relative-error", tensor.error, index)
    rows = [
        f"| {t.name} | {t.verdict} | {t.error:.1e} | {t.analytic:.3g} | {t.numeric:.3g} | {t.coordinates} | {t.kinks} |"
        for t in evidence.tensors
    ]
    head = [
        "| tensor | verdict | relative error | analytic | numeric | coordinates | kinks |",
        "|---|---|---|---|---|---|---|",
    ]
    said = evidence.reason or f"{len(evidence.tensors)} tensors, {evidence.evaluations} evaluations"
    context.tell.text("gradient/tensors", "\n".join([said, "", *head, *rows]))


def _note(evidence: GradientEvidence) -> str:
    """Return one phrase for the stage table."""
    if not evidence.checkable:
        return f"not checkable: {evidence.reason}"
    wrong = [t.name for t in evidence.tensors if t.verdict == "wrong"]
    if wrong:
        where = f" ({evidence.modules[0].path or evidence.modules[0].kind})" if evidence.modules else ""
        return f"{len(wrong)} of {len(evidence.tensors)} gradients wrong{where}"
    cut = f", {len(evidence.untested)} left out by the time box" if evidence.untested else ""
    worst = max((t.error for t in evidence.tensors if t.verdict in {"ok", "uneasy"}), default=0.0)
    checked = [t for t in evidence.tensors if t.verdict != "unchecked"]
    if len(checked) == len(evidence.tensors):
        return f"{len(checked)} tensors agree to {worst:.0e}{cut}"
    if not checked:
        return f"all {len(evidence.tensors)} tensors unchecked{_why(evidence)}{cut}"
    said = f"{len(checked)} of {len(evidence.tensors)} tensors agree to {worst:.0e}"
    return f"{said}, {len(evidence.tensors) - len(checked)} unchecked{_why(evidence)}{cut}"


def _why(evidence: GradientEvidence) -> str:
    """Say why tensors stayed unchecked, where it is known."""
    if evidence.cut_by:
        names = sorted({call.name for call in evidence.cut_by})
        return f" (values leave the graph by {', '.join(names)})"
    return f" ({evidence.reason})" if evidence.reason else ""


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
