"""Looks at batch-norm layers in a training-mode forward: do their running statistics move, is there variance to divide by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.hooks import RemovableHandle

from cnndoctor.patient.batches import first_tensor

FEWEST_CHANNELS = 2  # one weight is equal to all others


@dataclass(slots=True, kw_only=True)
class NormFacts:
    """What batch-norm layers did.

    Attributes:
        frozen: Layers that ran and whose running statistics did not change.
        untrained: Layers among those whose weights are trained (all different, from one channel to the next) while their
            statistics are the 0 and 1 that they were made with: weights that were copied without them.
        smallest_variance: Smallest batch variance of a channel over the layer's eps; NaN without any.
    """

    frozen: tuple[str, ...] = ()
    untrained: tuple[str, ...] = ()
    smallest_variance: float = math.nan
    variances: list[float] = field(default_factory=list)


@contextmanager
def recorded_norms(model: nn.Module) -> Iterator[NormFacts]:
    """Watch every batch-norm layer during a training-mode forward inside the block.

    Args:
        model: The model; hooks are gone afterwards.
    """
    facts = NormFacts()
    layers = {path: module for path, module in model.named_modules() if isinstance(module, _BatchNorm)}
    before = {path: _statistics(layer) for path, layer in layers.items()}
    called: set[str] = set()
    handles: list[RemovableHandle] = []
    for path, layer in layers.items():
        handles.append(layer.register_forward_pre_hook(_watch(path, facts, called)))
    try:
        yield facts
    finally:
        for handle in handles:
            handle.remove()
    facts.frozen = tuple(
        path
        for path, layer in layers.items()
        if path in called and layer.running_mean is not None and _unchanged(before[path], _statistics(layer))
    )
    facts.untrained = tuple(path for path in facts.frozen if _is_untrained(layers[path]))
    facts.smallest_variance = min(facts.variances, default=math.nan)


def _watch(path: str, facts: NormFacts, called: set[str]) -> Callable[[nn.Module, tuple[object, ...]], None]:
    def hook(module: nn.Module, inputs: tuple[object, ...]) -> None:
        called.add(path)
        eps = float(getattr(module, "eps", 1e-5))
        value = first_tensor(inputs, floating=True)
        if value is None or value.ndim < 2 or value.numel() <= value.shape[1]:
            return
        with torch.no_grad():
            axes = [axis for axis in range(value.ndim) if axis != 1]
            smallest = float(value.detach().float().var(axes, unbiased=False).amin())
        if math.isfinite(smallest):
            facts.variances.append(smallest / eps)

    return hook


def _statistics(layer: _BatchNorm) -> tuple[Tensor, Tensor] | None:
    with suppress(RuntimeError, ValueError):  # a lazy layer has none before its first forward
        if layer.running_mean is not None and layer.running_var is not None:
            return layer.running_mean.detach().clone(), layer.running_var.detach().clone()
    return None


def _unchanged(before: tuple[Tensor, Tensor] | None, after: tuple[Tensor, Tensor] | None) -> bool:
    if before is None or after is None:
        return False
    return torch.equal(before[0], after[0]) and torch.equal(before[1], after[1])


def _is_untrained(layer: _BatchNorm) -> bool:
    """Return whether weight and bias were trained, or copied from what was, and the statistics were not."""
    statistics = _statistics(layer)
    if statistics is None or not layer.affine or layer.num_features < FEWEST_CHANNELS:
        return False
    as_made = not bool(statistics[0].any()) and bool((statistics[1] == 1).all())
    weight, bias = layer.weight.detach(), layer.bias.detach()
    return as_made and len(torch.unique(weight)) > 1 and len(torch.unique(bias)) > 1
