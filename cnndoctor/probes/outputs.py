"""Finds out what a model's output can be: probabilities, non-negative scores, a bounded activation, dead columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor, nn

from cnndoctor.evidence.first_batch import OutputFacts
from cnndoctor.patient.task import Task
from cnndoctor.probes.chains import REARRANGING, producer
from cnndoctor.probes.signals import FUNCTIONAL, varies_over_samples
from cnndoctor.probes.trace import OUTSIDE, Operation

SUM_TOLERANCE = 1e-3
# The last layer's parameters times this: scores that only happen to look bounded no longer do, and what is bounded saturates.
WIDER = (-20.0, -2000.0, 2000.0)
# Share of the values that sit at one number, whatever the scale before: a limit, no coincidence.
AT_LIMIT = 0.2
SAME = 1e-3  # of the range of all values
INFINITE = math.inf
# Range of each activation; one-sided ranges end in infinity.
BOUNDS = {
    "Softmax": (0.0, 1.0), "Softmin": (0.0, 1.0), "LogSoftmax": (-INFINITE, 0.0), "LogSigmoid": (-INFINITE, 0.0),
    "Sigmoid": (0.0, 1.0), "Hardsigmoid": (0.0, 1.0), "Tanh": (-1.0, 1.0), "Hardtanh": (-1.0, 1.0), "Softsign": (-1.0, 1.0),
    "ReLU": (0.0, INFINITE), "ReLU6": (0.0, 6.0), "Softplus": (0.0, INFINITE), "ELU": (-1.0, INFINITE),
    "CELU": (-1.0, INFINITE), "SELU": (-1.7581, INFINITE), "GELU": (-0.17, INFINITE), "SiLU": (-0.2785, INFINITE),
    "Mish": (-0.3089, INFINITE), "Hardswish": (-0.375, INFINITE),
}  # fmt: skip


def output_facts(output: Tensor, *, whole: bool, task: Task) -> OutputFacts:
    """Return the statistics of an output in training mode.

    Args:
        output: The output tensor.
        whole: Whether the model returned this tensor alone (its shape is then stated).
        task: Tells where the scores lie.
    """
    value = output.detach().float()
    finite = torch.isfinite(value)
    used = value[finite]
    axis = class_axis(tuple(output.shape), task)
    some = used.numel() > 0
    log_sums = sums_to_one(value.exp()) if some and bool((value <= SUM_TOLERANCE).all()) else ()
    return OutputFacts(
        shape=tuple(output.shape) if whole else (),
        dtype=str(output.dtype).removeprefix("torch."),
        minimum=float(used.min()) if some else math.nan,
        maximum=float(used.max()) if some else math.nan,
        mean=float(used.mean()) if some else math.nan,
        std=float(used.std(unbiased=False)) if some else math.nan,
        nonfinite=int((~finite).sum()),
        class_axis=axis,
        sums_to_one=sums_to_one(value),
        log_sums_to_one=log_sums,
        log_spread=_spread(value, axis) if axis in log_sums else math.nan,
        in_unit_interval=some and bool(((value >= 0) & (value <= 1)).all()),
        never_negative=some and bool((value >= 0).all()),
        zero_share=float((used == 0).float().mean()) if some else 0.0,
        always_zero_columns=_zero_columns(value, axis),
        varies_over_samples=varies_over_samples(value, 1 if task is Task.CTC and value.ndim == 3 else 0),
    )


def confirmed(facts: OutputFacts, others: Sequence[Tensor]) -> OutputFacts:
    """Keep of the facts about the output's range only those that hold on every other output too.

    Args:
        facts: From the real batch.
        others: Outputs for scaled and noise inputs and for a scaled last layer.
    """
    for other in others:
        value = other.detach().float()
        if not bool(torch.isfinite(value).all()):
            continue
        facts = replace(
            facts,
            sums_to_one=tuple(axis for axis in facts.sums_to_one if axis in sums_to_one(value)),
            log_sums_to_one=tuple(axis for axis in facts.log_sums_to_one if axis in sums_to_one(value.exp())),
            log_spread=max(facts.log_spread, _spread(value, facts.class_axis))
            if math.isfinite(facts.log_spread) and value.ndim > facts.class_axis
            else facts.log_spread,
            in_unit_interval=facts.in_unit_interval and bool(((value >= 0) & (value <= 1)).all()),
            never_negative=facts.never_negative and bool((value >= 0).all()),
        )
    return facts


def hard_limits(outputs: Sequence[Tensor], wide: Sequence[Tensor]) -> tuple[float, float]:
    """Return (low, high) that no output passes and many reach however far the last layer is scaled; infinite without a limit.

    Sees what follows the last layer whatever it is called: a clamp, a rectifier with an offset, a scaled sigmoid.

    Args:
        outputs: All outputs that were seen.
        wide: Those with the last layer scaled by ``WIDER``.
    """
    values = [value for output in outputs if bool(torch.isfinite(value := output.detach().float()).all())]
    if not values or len(wide) < len(WIDER):
        return -INFINITE, INFINITE
    low, high = min(float(v.min()) for v in values), max(float(v.max()) for v in values)
    if not high > low:
        return -INFINITE, INFINITE

    def reached(limit: float) -> bool:
        close = [(v.detach().float() - limit).abs() <= SAME * (high - low) for v in wide]
        return sum(bool(c.sum() > 1) and float(c.float().mean()) >= AT_LIMIT for c in close) > 1

    return low if reached(low) else -INFINITE, high if reached(high) else INFINITE


def sums_to_one(value: Tensor) -> tuple[int, ...]:
    """Return the axes along which every slice is non-negative and sums to 1 within 1e-3."""
    if not value.numel() or bool((value < 0).any()):
        return ()
    return tuple(
        axis for axis in range(value.ndim) if bool(((value.sum(axis) - 1).abs() < SUM_TOLERANCE).all())
    )


def class_axis(shape: tuple[int, ...], task: Task) -> int:
    """Return the axis of the scores; -1 when the task has none or the output has one axis only."""
    if task is Task.CTC:
        return len(shape) - 1
    has_scores = task in {Task.CLASSIFICATION, Task.SEGMENTATION, Task.MULTILABEL}
    return 1 if has_scores and len(shape) > 1 else -1


def last_operation(operations: Sequence[Operation], index: int) -> tuple[str, tuple[float, ...], str]:
    """Return (activation, its range, last layer with parameters) of the operation that made the output.

    Args:
        operations: Trace of the forward.
        index: Operation that made the output tensor; -1 when unknown.
    """
    if index == OUTSIDE:
        return "", (), ""
    last = operations[index]
    made = last if last.name in FUNCTIONAL else producer(operations, last)
    rearranged = made is last or last.name in REARRANGING
    kind = FUNCTIONAL.get(made.name, "") if made is not None and rearranged else ""
    layer = next((op.layer for op in reversed(operations[: index + 1]) if any(op.parameters)), "")
    return kind, BOUNDS.get(kind, ()), layer


@contextmanager
def widened(model: nn.Module, path: str, factor: float = WIDER[0]) -> Iterator[None]:
    """Multiply the parameters of one layer inside the block; an output that is bounded by construction stays so.

    Args:
        model: The model.
        path: Path of its last layer with parameters.
        factor: What to multiply by; negative, so that signs turn too.
    """
    try:
        own = list(model.get_submodule(path).parameters(recurse=False))
    except AttributeError:
        own = []
    before = [p.detach().clone() for p in own]
    with torch.no_grad():
        for parameter in own:
            parameter.mul_(factor)
            if not bool(parameter.any()):  # a head that starts at zero shows nothing of what it can put out
                parameter.copy_(torch.linspace(-1, 1, parameter.numel()).reshape(parameter.shape))
    try:
        yield
    finally:
        with torch.no_grad():
            for parameter, value in zip(own, before, strict=True):
                parameter.copy_(value)


def _spread(value: Tensor, axis: int) -> float:
    """Return the largest difference between two scores of one sample."""
    return float((value.amax(axis) - value.amin(axis)).max())


def _zero_columns(value: Tensor, axis: int) -> int:
    if value.ndim < 2:
        return 0
    columns = value.movedim(axis if axis >= 0 else 1, 0).flatten(1)
    return int((columns == 0).all(1).sum())
