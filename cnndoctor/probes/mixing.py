"""Whether samples of a batch see each other: one is changed at a time, and the outputs of the others must not move."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from cnndoctor.patient.batches import first_tensor, transform
from cnndoctor.probes.passes import ROUNDING, Forward, output_of, recorded, wide

MOST_PAIRS = 3  # samples that are changed: the first, the last and one between
MAGNIFIED = 10.0  # times: larger than the largest of samples that are alike in size


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixing:
    """Whether samples of a batch see each other.

    Attributes:
        share: Largest change of one sample's output when another sample's input is replaced, relative to the change of
            that other's own output; NaN when it could not be tested.
        layer: First layer where it shows; empty when none or unknown.
    """

    share: float
    layer: str = ""


def sample_mixing(model: nn.Module, forward: Forward, inputs: Any, fewer: Any) -> Mixing:  # noqa: ANN401
    """Replace one sample at a time and see whether the outputs of others move.

    Normalisation without running statistics, which mixes samples by its nature, is passed through unchanged.

    Args:
        model: The model, in eval mode.
        forward: Runs it on inputs.
        inputs: Inputs of a batch of at least two samples.
        fewer: The same with fewer samples; finds the samples' axis of the output.
    """
    first = first_tensor(inputs)
    size = int(first.shape[0]) if first is not None and first.ndim else 0
    if size < 2:
        return Mixing(share=math.nan)
    with without_batch_statistics(model):
        base, short = output_of(forward, inputs), output_of(forward, fewer)
        axis = _sample_axis(base, short, size)
        if base is None or axis is None:
            return Mixing(share=math.nan)
        worst, at, own_seen = 0.0, (-1, inputs), False
        for sample in sorted({0, size // 2, size - 1})[:MOST_PAIRS]:
            for changed in _changed(inputs, sample, size):
                share = _moved_elsewhere(base, output_of(forward, changed), axis, sample)
                own_seen = own_seen or math.isfinite(share)
                if share > worst:
                    worst, at = share, (sample, changed)
        if not own_seen:
            return Mixing(share=math.nan)
        layer = _first_mixing_layer(model, forward, inputs, *at, size) if worst > 0 else ""
    return Mixing(share=worst, layer=layer)


@contextmanager
def without_batch_statistics(model: nn.Module) -> Iterator[None]:
    """Pass values through layers that normalise over the batch even in eval mode, inside the block."""
    passed = [
        module
        for module in model.modules()
        if isinstance(module, _NormBase) and module.running_mean is None and "Batch" in type(module).__name__
    ]
    for module in passed:
        module.forward = _identity  # an attribute of this one object, removed below
    try:
        yield
    finally:
        for module in passed:
            del module.forward


def _moved_elsewhere(base: Tensor, other: Tensor | None, axis: int, sample: int) -> float:
    """Return how far other samples' outputs moved, relative to the changed sample's own; NaN where nothing can be said."""
    if other is None or other.shape != base.shape:
        return math.nan
    moved = _most_of_each(other - base, axis)
    own, scale = float(moved[sample]), float(base.abs().amax())
    rest = float(torch.cat([moved[:sample], moved[sample + 1 :]]).amax())
    if not math.isfinite(own) or not math.isfinite(rest):
        return math.nan
    if own <= ROUNDING * scale and rest <= ROUNDING * scale:
        return math.nan  # this sample moves nothing at all
    return 0.0 if rest <= ROUNDING * max(own, scale) else rest / own if own > 0 else math.inf


def _changed(inputs: Any, sample: int, size: int) -> Iterator[Any]:  # noqa: ANN401
    """Yield the inputs with one sample replaced, and with one magnified where there are numbers to magnify."""
    yield _replaced(inputs, sample, size)
    if first_tensor(inputs, floating=True) is not None:
        yield _magnified(inputs, sample)


def _replaced(inputs: Any, sample: int, size: int) -> Any:  # noqa: ANN401
    """Replace one sample: by another's content turned upside down in value, or by another's tokens."""
    other = (sample + size // 2) % size if size > 2 else 1 - sample

    def swap(tensor: Tensor) -> Tensor:
        if not tensor.ndim or tensor.shape[0] != size:
            return tensor
        changed = tensor.clone()
        content = tensor[other]
        if tensor.is_floating_point():
            content = content + (tensor.std() if tensor.numel() > 1 else 1.0) + 1e-3 * tensor.abs().amax()
        changed[sample] = content
        return changed

    return transform(inputs, swap)


def _magnified(inputs: Any, sample: int) -> Any:  # noqa: ANN401
    """Make one sample ten times as large: what divides all by the batch's largest value shows by nothing else."""

    def grow(tensor: Tensor) -> Tensor:
        if not tensor.ndim or not tensor.is_floating_point() or sample >= len(tensor):
            return tensor
        changed = tensor.clone()
        changed[sample] *= MAGNIFIED
        return changed

    return transform(inputs, grow)


def _sample_axis(base: Tensor | None, short: Tensor | None, size: int) -> int | None:
    """Return the axis of the output that follows the number of samples, one entry a sample."""
    if base is None or short is None or base.ndim != short.ndim:
        return None
    axes = [i for i in range(base.ndim) if base.shape[i] != short.shape[i]]
    return axes[0] if len(axes) == 1 and base.shape[axes[0]] == size else None


def _first_mixing_layer(  # noqa: PLR0917 - what is compared, and where
    model: nn.Module,
    forward: Forward,
    inputs: Any,  # noqa: ANN401
    sample: int,
    changed: Any,  # noqa: ANN401
    size: int,
) -> str:
    """Return the first layer whose output for other samples moves when one sample is changed."""
    _, before = recorded(model, forward, inputs, seeded=True)
    _, after = recorded(model, forward, changed, seeded=True)
    if [path for path, _, _ in before] != [path for path, _, _ in after]:
        return ""
    for (path, given, came), (_, given_again, came_again) in zip(before, after, strict=True):
        if _others_moved(given, given_again, sample, size) or _others_moved(came, came_again, sample, size):
            return path
    return ""


def _others_moved(a: Sequence[Tensor], b: Sequence[Tensor], sample: int, size: int) -> bool:
    for x, y in zip(a, b, strict=False):
        if x.shape != y.shape or size not in x.shape:
            continue
        moved = _most_of_each(wide(x) - wide(y), x.shape.index(size))
        rest = torch.cat([moved[:sample], moved[sample + 1 :]])
        if float(rest.amax()) > ROUNDING * float(wide(x).abs().amax()):
            return True
    return False


def _most_of_each(change: Tensor, axis: int) -> Tensor:
    """Return the largest change of each sample, [N], also where a sample has a single number and no axis for it."""
    return change.movedim(axis, 0).reshape(change.shape[axis], -1).abs().amax(1)


def _identity(value: Tensor) -> Tensor:
    return value
