"""Control experiments in eval mode: does the output depend on the input, do samples mix, is anything still random."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.parameter import UninitializedParameter

from cnndoctor.patient.batches import first_tensor, tensors, transform
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.calls import layers_of, listening

SEED = 20_240_501  # of the controls' own noise; any number would do, but always the same
# Differences below this share of the scale are rounding: other algorithms, other order of sums.
ROUNDING = 1e-5
MOST_PAIRS = 3
MAGNIFIED = 10.0  # times: larger than the largest of samples that are alike in size
STEP_SIZES = (1.0, 100.0)
ASLEEP = 1e-2  # parameters that are this small throughout may switch off what they multiply
AWAKE = 0.3
Forward = Callable[[Any], Any]  # inputs → outputs, without gradients


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


def input_dependence(forward: Forward, inputs: Any) -> float:  # noqa: ANN401 - inputs are of any shape
    """Return the largest change of the output over zeroed, shuffled and noise inputs, relative to its scale.

    Args:
        forward: Runs the model in eval mode on inputs.
        inputs: Inputs of one batch.

    Returns:
        0 when the output ignores its input; NaN when no control could run.
    """
    base = _output(forward, inputs)
    if base is None:
        return math.nan
    scale = float(base.square().mean().sqrt())
    changes = []
    for control in (_zeroed(inputs), _rolled(inputs), noise_like(inputs)):
        other = _output(forward, control)
        if other is not None and other.shape == base.shape:
            changes.append(float((other - base).square().mean().sqrt()))
    usable = [change for change in changes if math.isfinite(change)]
    if not usable:
        return math.nan
    return max(usable) / scale if scale > 0 else float(max(usable) > 0)


def curvature(forward: Forward, inputs: Any) -> float:  # noqa: ANN401
    """Return how far the model is from an affine map: |f(x+u+v) − f(x+u) − f(x+v) + f(x)| relative to its largest part.

    Small and large steps u and v are tried, so that a network of ReLUs that acts linearly near its data does not pass for
    linear.

    Args:
        forward: Runs the model in eval mode on inputs.
        inputs: Inputs of one batch.

    Returns:
        Rounding only for an affine model; NaN when inputs are no single float tensor, or the output does not move.
    """
    if not isinstance(inputs, Tensor) or not inputs.is_floating_point():
        return math.nan
    base = _output(forward, inputs)
    towards = _rolled(inputs) - inputs
    away = noise_like(inputs) - inputs
    found = [_bend(forward, inputs, base, size * towards, size * away) for size in STEP_SIZES]
    usable = [value for value in found if math.isfinite(value)]
    return max(usable) if len(usable) == len(found) else math.nan


def wake(model: nn.Module) -> None:
    """Give small random values to parameters that are (nearly) zero throughout; use it inside ``untouched``.

    Scales of residual branches that start at zero (ReZero, LayerScale, a BatchNorm's last weight) hide what they multiply,
    activations too. An affine model stays affine whatever its weights are.
    """
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for parameter in model.parameters():
            if isinstance(parameter, UninitializedParameter) or not parameter.is_floating_point():
                continue
            if parameter.numel() and float(parameter.abs().amax()) <= ASLEEP:
                noise = torch.randn(parameter.shape, generator=generator)
                parameter.add_(noise.to(parameter.device, parameter.dtype), alpha=AWAKE)


def _bend(forward: Forward, inputs: Tensor, base: Tensor | None, u: Tensor, v: Tensor) -> float:
    outputs = [_output(forward, inputs + step) for step in (u, v, u + v)]
    if base is None or any(output is None or output.shape != base.shape for output in outputs):
        return math.nan
    one, two, both = (output - base for output in outputs if output is not None)
    moved = [float(part.abs().amax()) for part in (one, two, both)]
    if not math.isfinite(sum(moved)) or min(moved[:2]) <= ROUNDING * float(base.abs().amax()):
        return math.nan  # a step that moves nothing adds up with anything
    return float((both - one - two).abs().amax()) / max(moved)


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
        base, short = _output(forward, inputs), _output(forward, fewer)
        axis = _sample_axis(base, short, size)
        if base is None or axis is None:
            return Mixing(share=math.nan)
        worst, at, own_seen = 0.0, (-1, inputs), False
        for sample in sorted({0, size // 2, size - 1})[:MOST_PAIRS]:
            for changed in (_replaced(inputs, sample, size), _magnified(inputs, sample)):
                share = _moved_elsewhere(base, _output(forward, changed), axis, sample)
                own_seen = own_seen or math.isfinite(share)
                if share > worst:
                    worst, at = share, (sample, changed)
        if not own_seen:
            return Mixing(share=math.nan)
        layer = _first_mixing_layer(model, forward, inputs, *at, size) if worst > 0 else ""
    return Mixing(share=worst, layer=layer)


def eval_noise(model: nn.Module, forward: Forward, inputs: Any) -> tuple[float, tuple[str, ...]]:  # noqa: ANN401
    """Return the largest difference of two eval-mode passes relative to the output's scale, and the layers that act randomly.

    Args:
        model: The model, in eval mode.
        forward: Runs it on inputs, without seeding anything.
        inputs: Inputs of one batch.
    """
    with preserved_randomness():
        torch.manual_seed(SEED)
        first, before = _recorded(model, forward, inputs, seeded=False)
        torch.manual_seed(SEED + 1)
        second, after = _recorded(model, forward, inputs, seeded=False)
    if first is None or second is None or first.shape != second.shape:
        return 0.0, ()
    scale = float(first.abs().amax()) if first.numel() else 0.0
    difference = float((first - second).abs().amax()) if first.numel() else 0.0
    noise = difference / scale if scale > 0 and math.isfinite(difference) else 0.0
    if noise <= ROUNDING:
        return 0.0, ()
    return noise, _origins(before, after)


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
    moved = (other - base).movedim(axis, 0).flatten(1).abs().amax(1)
    own, scale = float(moved[sample]), float(base.abs().amax())
    rest = float(torch.cat([moved[:sample], moved[sample + 1 :]]).amax())
    if not math.isfinite(own) or not math.isfinite(rest):
        return math.nan
    if own <= ROUNDING * scale and rest <= ROUNDING * scale:
        return math.nan  # this sample moves nothing at all
    return 0.0 if rest <= ROUNDING * max(own, scale) else rest / own if own > 0 else math.inf


def noise_like(inputs: Any) -> Any:  # noqa: ANN401
    """Return inputs of the same shapes and scale, without content: noise for numbers, shuffled entries for tokens."""
    generator = torch.Generator().manual_seed(SEED)

    def noise(tensor: Tensor) -> Tensor:
        if tensor.is_floating_point():
            drawn = torch.randn(tensor.shape, generator=generator).to(tensor)
            return drawn * tensor.std() + tensor.mean() if tensor.numel() > 1 else drawn
        order = torch.randperm(tensor.numel(), generator=generator).to(tensor.device)
        return tensor.flatten()[order].reshape(tensor.shape)

    return transform(inputs, noise)


def scaled(inputs: Any, factor: float) -> Any:  # noqa: ANN401
    """Return the inputs with every floating tensor multiplied."""
    return transform(inputs, lambda t: t * factor if t.is_floating_point() else t)


def sliced(batch: Any, count: int) -> Any:  # noqa: ANN401
    """Return the first ``count`` samples of a batch: every tensor as long as the first one is cut."""
    first = first_tensor(batch)
    size = int(first.shape[0]) if first is not None and first.ndim else 0
    return transform(batch, lambda t: t[:count] if t.ndim and t.shape[0] == size else t)


def _identity(value: Tensor) -> Tensor:
    return value


def _output(forward: Forward, inputs: Any) -> Tensor | None:  # noqa: ANN401
    """Return the first floating output in double precision, with the random state of every pass the same."""
    with preserved_randomness(), torch.no_grad():
        torch.manual_seed(SEED)
        output = first_tensor(forward(inputs), floating=True)
    return wide(output) if output is not None else None


def wide(tensor: Tensor) -> Tensor:
    """Return a detached copy in the widest precision the device has."""
    return tensor.detach().float() if tensor.device.type == "mps" else tensor.detach().double()


def _zeroed(inputs: Any) -> Any:  # noqa: ANN401
    return transform(inputs, lambda t: torch.zeros_like(t) if t.is_floating_point() else t)


def _rolled(inputs: Any) -> Any:  # noqa: ANN401
    """Give each sample the input of its neighbour."""
    first = first_tensor(inputs)
    size = int(first.shape[0]) if first is not None and first.ndim else 0
    return transform(inputs, lambda t: t.roll(1, 0) if t.ndim and t.shape[0] == size else t)


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


Record = list[tuple[str, list[Tensor], list[Tensor]]]  # layer, inputs, outputs, in order of execution


def _recorded(
    model: nn.Module,
    forward: Forward,
    inputs: Any,  # noqa: ANN401
    *,
    seeded: bool,
) -> tuple[Tensor | None, Record]:
    """Run a pass and keep a copy of what went into and out of every layer."""
    record: Record = []

    def note(path: str, _module: nn.Module, given: object, output: object) -> None:
        record.append((path, _copies(given), _copies(output)))

    layers = {path: module for path, module in layers_of(model).items() if path}
    with listening(layers, note), torch.no_grad():
        if seeded:
            with preserved_randomness():
                torch.manual_seed(SEED)
                output = first_tensor(forward(inputs), floating=True)
        else:
            output = first_tensor(forward(inputs), floating=True)
    return (wide(output) if output is not None else None), record


def _copies(value: object) -> list[Tensor]:
    return [t.detach().clone() for t in tensors(value) if t.is_floating_point()]


def _origins(before: Record, after: Record) -> tuple[str, ...]:
    """Return layers whose output differs though their input does not; failing that, where the first difference came in."""
    if [path for path, _, _ in before] != [path for path, _, _ in after]:
        return ()
    origins = []
    first = ""
    for (path, given, came), (_, given_again, came_again) in zip(before, after, strict=True):
        same_in, same_out = _same(given, given_again), _same(came, came_again)
        if same_in and not same_out:
            origins.append(path)
        if not same_in and not first and not origins:
            first = path
    return tuple(dict.fromkeys(origins)) or ((first,) if first else ())


def _same(a: Sequence[Tensor], b: Sequence[Tensor]) -> bool:
    return len(a) == len(b) and all(
        x.shape == y.shape and torch.equal(x, y) for x, y in zip(a, b, strict=True)
    )


def _first_mixing_layer(  # noqa: PLR0917 - what is compared, and where
    model: nn.Module,
    forward: Forward,
    inputs: Any,  # noqa: ANN401
    sample: int,
    changed: Any,  # noqa: ANN401
    size: int,
) -> str:
    """Return the first layer whose output for other samples moves when one sample is changed."""
    _, before = _recorded(model, forward, inputs, seeded=True)
    _, after = _recorded(model, forward, changed, seeded=True)
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
        moved = (wide(x) - wide(y)).abs().movedim(x.shape.index(size), 0).flatten(1).amax(1)
        rest = torch.cat([moved[:sample], moved[sample + 1 :]])
        if float(rest.amax()) > ROUNDING * float(wide(x).abs().amax()):
            return True
    return False
