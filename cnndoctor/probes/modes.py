"""Compares training and eval mode: which layers run in one only, and whether the model computes something else there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.overrides import TorchFunctionMode

from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.probes.calls import recorded_calls
from cnndoctor.probes.inventory import DROP_RATES, is_normalising
from cnndoctor.probes.passes import ROUNDING, SEED, Forward, wide
from cnndoctor.probes.untouched import untouched

DROPOUTS = {
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "alpha_dropout",
    "feature_alpha_dropout",
    "feature_dropout",
}
GAUSSIAN: dict[str, Callable[..., Tensor]] = {"randn": torch.zeros, "randn_like": torch.zeros_like}


def compare_modes(model: nn.Module, forward: Forward, inputs: Any) -> tuple[tuple[str, ...], float]:  # noqa: ANN401
    """Return the layers that run in one mode only, and the output difference between modes relative to its scale.

    Dropout and Gaussian noise are off and batch statistics are used in both modes, so that a sound model gives the same output
    in both.

    Args:
        model: The model; left as it was.
        forward: Runs it on inputs.
        inputs: Inputs of one batch.

    Returns:
        Paths (dropout and normalisation left out) and the difference; NaN where the modes return other shapes or the
        training mode is random beyond these, so that nothing can be said.
    """
    with untouched(model):
        model.train()
        training, in_training = _pass(model, forward, inputs, SEED)
        again, _ = _pass(model, forward, inputs, SEED + 1)
        model.eval()
        evaluating, in_eval = _pass(model, forward, inputs, SEED)
    apart = {path for path, module in model.named_modules() if _is_apart(module)}
    differing = tuple(path for path in sorted(in_training ^ in_eval) if path not in apart)
    return differing, _difference(training, again, evaluating)


@contextmanager
def without_dropout(model: nn.Module, *, gaussian: bool = False) -> Iterator[None]:
    """Switch every kind of dropout off inside the block: layers, recurrent and attention layers, and function calls.

    Args:
        model: The model.
        gaussian: Put the mean in the place of Gaussian noise, too.
    """
    rates: list[tuple[nn.Module, str, float]] = []
    for module in model.modules():
        carries = (
            isinstance(module, nn.RNNBase | nn.MultiheadAttention) or "drop" in type(module).__name__.lower()
        )
        for name in DROP_RATES if carries else ():
            value = getattr(module, name, None)
            if isinstance(value, float) and value > 0:
                rates.append((module, name, value))
                setattr(module, name, 0.0)
    try:
        with _NoDropout(gaussian=gaussian):
            yield
    finally:
        for module, name, value in rates:
            setattr(module, name, value)


class _NoDropout(TorchFunctionMode):
    """Turns dropout functions into the identity, and Gaussian noise into its mean where asked to."""

    def __init__(self, *, gaussian: bool) -> None:
        super().__init__()
        self.gaussian = gaussian

    def __torch_function__(
        self,
        func: Any,  # noqa: ANN401 - builtins, descriptors and functions share no type
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401
        kwargs = kwargs or {}
        name = str(getattr(func, "__name__", "")).strip("_")
        if name in DROPOUTS:
            given = first_tensor((args, kwargs))
            if given is not None:
                return given
        # Noise that a model adds while it trains: a branch beside it is what is looked for.
        if self.gaussian and name in GAUSSIAN:
            return GAUSSIAN[name](*args, **{k: v for k, v in kwargs.items() if k != "generator"})
        if name == "scaled_dot_product_attention":
            kwargs = {**kwargs, "dropout_p": 0.0}
            args = args[:4]
        return func(*args, **kwargs)


@contextmanager
def batch_statistics(model: nn.Module) -> Iterator[None]:
    """Let batch-norm layers use the batch's statistics inside the block, and not learn from them."""
    layers = [module for module in model.modules() if isinstance(module, _BatchNorm)]
    before = [(layer, layer.training, layer.momentum) for layer in layers]
    for layer in layers:
        layer.training, layer.momentum = True, 0.0
    try:
        yield
    finally:
        for layer, training, momentum in before:
            layer.training, layer.momentum = training, momentum


def _pass(model: nn.Module, forward: Forward, inputs: Any, seed: int) -> tuple[Tensor | None, set[str]]:  # noqa: ANN401
    with (
        preserved_randomness(),
        torch.no_grad(),
        without_dropout(model, gaussian=True),
        batch_statistics(model),
        recorded_calls(model) as calls,
    ):
        torch.manual_seed(seed)
        output = first_tensor(forward(inputs), floating=True)
    return (wide(output) if output is not None else None), set(calls)


def _difference(training: Tensor | None, again: Tensor | None, evaluating: Tensor | None) -> float:
    if training is None or again is None or evaluating is None:
        return math.nan
    if not (training.shape == again.shape == evaluating.shape) or not training.numel():
        return math.nan
    scale = float(training.square().mean().sqrt())
    if scale == 0 or not math.isfinite(scale):
        return 0.0 if scale == 0 and not float(evaluating.abs().amax()) else math.nan
    if float((training - again).abs().amax()) > ROUNDING * scale:
        return math.nan
    difference = float((training - evaluating).square().mean().sqrt()) / scale
    return 0.0 if difference <= ROUNDING else difference


def _is_apart(module: nn.Module) -> bool:
    return is_normalising(module) or "drop" in type(module).__name__.lower()
