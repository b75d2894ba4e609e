"""Measures what every layer puts out, and the loss gradient that comes back to it, during one training-mode pass."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor, nn

from cnndoctor.evidence.first_batch import LayerSignal
from cnndoctor.patient.batches import first_tensor
from cnndoctor.probes.calls import layers_of, listening
from cnndoctor.probes.trace import Operation, Trace, traced

MOST_CALLS = 4  # of one activation module that is called again and again
LIMIT_SHARE = 0.02  # within this share of its range an output counts as saturated (smdebug, DeepDiagnosis use similar ones)
FEATURES_LAST_KINDS = (nn.Linear, nn.Bilinear, nn.Embedding, nn.LayerNorm, nn.RNNBase, nn.MultiheadAttention, nn.Transformer,
                       nn.TransformerEncoderLayer, nn.TransformerDecoderLayer)  # fmt: skip
# Activations with limits: (low, high). Their outputs near a limit carry next to no gradient.
LIMITS = {
    "Sigmoid": (0.0, 1.0),
    "Tanh": (-1.0, 1.0),
    "Softsign": (-1.0, 1.0),
    "Hardsigmoid": (0.0, 1.0),
    "Hardtanh": (-1.0, 1.0),
}
# Functional names of activations, and the class name that a reader knows them by.
FUNCTIONAL = {
    "relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "softsign": "Softsign", "hardsigmoid": "Hardsigmoid",
    "hardtanh": "Hardtanh", "leaky_relu": "LeakyReLU", "gelu": "GELU", "silu": "SiLU", "elu": "ELU", "selu": "SELU",
    "relu6": "ReLU6", "softplus": "Softplus", "mish": "Mish", "hardswish": "Hardswish", "celu": "CELU",
    "logsigmoid": "LogSigmoid", "clamp_min": "ReLU", "softmax": "Softmax", "log_softmax": "LogSoftmax",
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Signals:
    """Signals as they come in; ``records`` gives them once the backward pass is over."""

    found: list[LayerSignal] = field(default_factory=list)
    squares: dict[int, Tensor] = field(
        default_factory=dict
    )  # signal → mean square of its gradient, on the device
    trace: Trace | None = None

    def records(self) -> tuple[LayerSignal, ...]:
        """Return the signals in order of execution, each with its gradient where one came."""
        rms = {
            key: math.sqrt(float(value)) if float(value) >= 0 else math.nan
            for key, value in self.squares.items()
        }
        return tuple(
            replace(signal, gradient_rms=rms.get(i, math.nan)) for i, signal in enumerate(self.found)
        )


@contextmanager
def recorded_signals(model: nn.Module, *, functional: bool = True) -> Iterator[Signals]:
    """Measure outputs and their gradients of every layer inside the block, which runs forward and backward.

    Activations that the user's forward calls as functions are measured like layers, under ``owner.relu@line``.

    Args:
        model: The model; its own arithmetic is unchanged.
        functional: Also watch function calls.
    """
    signals = Signals()
    calls: dict[str, int] = {}

    def note(path: str, module: nn.Module, _inputs: object, output: object) -> None:
        tensor = first_tensor(output, floating=True)
        calls[path] = calls.get(path, 0) + 1
        owns = next(module.parameters(recurse=False), None) is not None
        if tensor is None or not tensor.numel() or calls[path] > (1 if owns else MOST_CALLS):
            return
        _add(signals, path, type(module).__name__, tensor, features_last=_last(module, tensor))

    def note_function(op: Operation, output: Tensor) -> None:
        kind = FUNCTIONAL.get(op.name)
        if kind is None or op.in_torch or not op.file or not output.is_floating_point():
            return
        path = f"{op.layer}.{op.name}@{op.line}" if op.layer else f"{op.name}@{op.line}"
        calls[path] = calls.get(path, 0) + 1
        if calls[path] <= MOST_CALLS:
            _add(signals, path, kind, output, features_last=output.ndim == 3)

    layers = {
        path: module
        for path, module in layers_of(model).items()
        if path or next(model.children(), None) is None
    }
    if not functional:
        with listening(layers, note):
            yield signals
        return
    with listening(layers, note), traced(model, note_function) as trace:
        signals.trace = trace
        yield signals


def _last(module: nn.Module, tensor: Tensor) -> bool:
    """Return whether a layer's units lie along the last axis rather than along axis 1."""
    return tensor.ndim < 3 or isinstance(module, FEATURES_LAST_KINDS)


def _add(signals: Signals, path: str, kind: str, tensor: Tensor, *, features_last: bool) -> None:
    index = len(signals.found)
    signals.found.append(describe(path, kind, tensor.detach(), features_last=features_last, position=index))
    if tensor.requires_grad and torch.is_grad_enabled():

        def keep(gradient: Tensor) -> None:
            signals.squares[index] = gradient.detach().float().square().mean()

        # Stays with the graph and goes with it; later in-place operations on the tensor do not disturb it.
        tensor.register_hook(keep)  # type: ignore[no-untyped-call]


def describe(path: str, kind: str, tensor: Tensor, *, features_last: bool, position: int) -> LayerSignal:
    """Return the statistics of one output.

    Args:
        path: Path of the layer.
        kind: Class name.
        tensor: Its output, [N, C, ...] or [N, ..., C].
        features_last: Units lie along the last axis.
        position: Order of execution.
    """
    value = tensor.abs() if tensor.is_complex() else tensor
    value = value.float()
    finite = torch.isfinite(value)
    bad = int((~finite).sum())
    used = value[finite] if bad else value
    if not used.numel():
        nan = math.nan
        return LayerSignal(
            path=path,
            kind=kind,
            mean=nan,
            std=nan,
            minimum=nan,
            maximum=nan,
            nonfinite=bad,
            position=position,
        )
    limits = LIMITS.get(kind)
    return LayerSignal(
        path=path,
        kind=kind,
        mean=float(used.mean()),
        std=float(used.std(unbiased=False)),
        minimum=float(used.min()),
        maximum=float(used.max()),
        zero_share=float((used == 0).float().mean()),
        dead_units=_dead_units(value, -1 if features_last else 1),
        saturated=_saturated(used, limits) if limits else 0.0,
        nonfinite=bad,
        varies_over_samples=varies_over_samples(value),
        position=position,
    )


def varies_over_samples(value: Tensor, axis: int = 0) -> float:
    """Return the median standard deviation over samples, relative to the overall root mean square.

    Args:
        value: Output, any shape.
        axis: The samples' axis.

    Returns:
        0 for an output that is the same for every sample; NaN with fewer than two samples or nothing finite.
    """
    if value.ndim <= axis or value.shape[axis] < 2:
        return math.nan
    wide = value.detach().double() if value.device.type != "mps" else value.detach().float()
    spread = wide.std(axis, unbiased=False).flatten()
    scale = float(wide.square().mean().sqrt())
    if not math.isfinite(scale):
        return math.nan
    # The median over positions, but over those that vary at all when most are padding or dead.
    moving = spread[spread > 0]
    return float(moving.median()) / scale if scale > 0 and moving.numel() else 0.0


def _dead_units(value: Tensor, axis: int) -> float:
    if value.ndim < 2:
        return 0.0
    units = value.movedim(axis, 0).flatten(1)
    return float((units == 0).all(1).float().mean())


def _saturated(used: Tensor, limits: tuple[float, float]) -> float:
    low, high = limits
    margin = LIMIT_SHARE * (high - low)
    return float(((used < low + margin) | (used > high - margin)).float().mean())
