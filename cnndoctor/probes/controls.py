"""Control experiments in eval mode: does the output depend on the input, is the model affine, is anything still random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import UninitializedParameter

from cnndoctor.patient.batches import first_tensor, transform
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.answers import Answers, relative_change, rolled
from cnndoctor.probes.passes import ROUNDING, SEED, Forward, Record, output_of, recorded

STEP_SIZES = (1.0, 100.0)
ASLEEP = 1e-2  # parameters that are this small throughout may switch off what they multiply
AWAKE = 0.3  # deviation of what they are given instead


def input_dependence(answers: Answers) -> float:
    """Return the largest change of the output over zeroed, shuffled and noise inputs, relative to its scale.

    Args:
        answers: Of the model in eval mode to one batch.

    Returns:
        0 when the output ignores its input; NaN when no control could run.
    """
    base = answers.as_it_is()
    if base is None:
        return math.nan
    scale = float(base.square().mean().sqrt())
    changes = []
    controls = [noise_like(answers.inputs)]
    if (
        first_tensor(answers.inputs, floating=True) is not None
    ):  # no word is zero: they would stay as they are
        controls.append(_zeroed(answers.inputs))
    for other in (answers.swapped(), *map(answers.to, controls)):
        if other is not None and other.shape == base.shape:
            changes.append(float((other - base).square().mean().sqrt()))
    usable = [change for change in changes if math.isfinite(change)]
    if not usable:
        return math.nan
    return max(usable) / scale if scale > 0 else float(max(usable) > 0)


def told_apart(answers: Answers) -> float:
    """Return how far the output changes when each sample gets its neighbour's inputs, relative to the output's scale.

    Args:
        answers: Of the model in eval mode to one batch.

    Returns:
        Rounding only where real samples all get the same answer, even if zeros or noise would get another; NaN when unknown.
    """
    return relative_change(answers.as_it_is(), answers.swapped())


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
    base = output_of(forward, inputs)
    towards = rolled(inputs) - inputs
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
    outputs = [output_of(forward, inputs + step) for step in (u, v, u + v)]
    if base is None or any(output is None or output.shape != base.shape for output in outputs):
        return math.nan
    one, two, both = (output - base for output in outputs if output is not None)
    moved = [float(part.abs().amax()) for part in (one, two, both)]
    if not math.isfinite(sum(moved)) or min(moved[:2]) <= ROUNDING * float(base.abs().amax()):
        return math.nan  # a step that moves nothing adds up with anything
    return float((both - one - two).abs().amax()) / max(moved)


def eval_noise(model: nn.Module, forward: Forward, inputs: Any) -> tuple[float, tuple[str, ...]]:  # noqa: ANN401
    """Return the largest difference of two eval-mode passes relative to the output's scale, and the layers that act randomly.

    Args:
        model: The model, in eval mode.
        forward: Runs it on inputs, without seeding anything.
        inputs: Inputs of one batch.
    """
    with preserved_randomness():
        torch.manual_seed(SEED)
        first, before = recorded(model, forward, inputs, seeded=False)
        torch.manual_seed(SEED + 1)
        second, after = recorded(model, forward, inputs, seeded=False)
    if first is None or second is None or first.shape != second.shape:
        return 0.0, ()
    scale = float(first.abs().amax()) if first.numel() else 0.0
    difference = float((first - second).abs().amax()) if first.numel() else 0.0
    noise = difference / scale if scale > 0 and math.isfinite(difference) else 0.0
    if noise <= ROUNDING:
        return 0.0, ()
    return noise, _origins(before, after)


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


def _zeroed(inputs: Any) -> Any:  # noqa: ANN401
    return transform(inputs, lambda t: torch.zeros_like(t) if t.is_floating_point() else t)


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
