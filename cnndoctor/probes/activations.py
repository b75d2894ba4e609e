"""Counts units that never fire and outputs that saturate, over a whole evaluation pass, modules and functions alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.hooks import RemovableHandle

RECTIFIERS = {"relu", "relu_", "relu6", "threshold", "threshold_"}
SIGMOIDS = {"sigmoid", "sigmoid_", "hardsigmoid"}
TANHS = {"tanh", "tanh_", "hardtanh", "softsign"}
CHANNELS_LAST = {"Linear", "LazyLinear", "LayerNorm", "MultiheadAttention", "Embedding", "LSTM", "GRU", "RNN"}
# Within 2 % of the end of its range a unit counts as saturated: ours, held by the runs of scripts/clinic.py.
LIMIT_SHARE = 0.02


class ActivationWatch:
    """What the rectifiers, sigmoids and tanhs of a model did over one pass.

    Attributes:
        kinds: Name of each activation → relu, sigmoid or tanh; a function is named after the layer before it.
        last: Name of the last activation that ran.
    """

    def __init__(self, model: nn.Module) -> None:
        """Prepare to watch ``model``; nothing is hooked yet."""
        self._model = model
        self._inside: list[tuple[str, nn.Module]] = []
        self._before: tuple[str, nn.Module] | None = None
        self._largest: dict[str, Tensor] = {}
        self._limits: dict[str, list[Tensor]] = {}
        self.kinds: dict[str, str] = {}
        self.last = ""

    @contextmanager
    def watching(self) -> Iterator[ActivationWatch]:
        """Watch every forward inside; leaves the model as it was. A compiled model is left alone."""
        if hasattr(self._model, "_orig_mod"):
            yield self
            return
        handles = self._hook_leaves()
        try:
            with _Calls(self._saw):
                yield self
        finally:
            for handle in handles:
                handle.remove()
            self._inside.clear()

    def dead_shares(self) -> dict[str, float]:
        """Return the share of units of each rectifier that fired on no sample and position."""
        return {
            name: float((largest <= 0).float().mean())
            for name, largest in self._largest.items()
            if largest.numel()
        }

    def saturated_shares(self) -> dict[str, float]:
        """Return the share of outputs within 2 % of the ends, per sigmoid or tanh."""
        return {name: float(torch.stack(shares).mean()) for name, shares in self._limits.items()}

    def _hook_leaves(self) -> list[RemovableHandle]:
        handles = []
        for path, module in self._model.named_modules():
            if next(module.children(), None) is None:
                handles.append(module.register_forward_pre_hook(self._enter(path)))
                handles.append(module.register_forward_hook(self._leave(path)))
        return handles

    def _enter(self, path: str) -> Callable[..., None]:
        def entered(module: nn.Module, _inputs: object) -> None:
            self._inside.append((path, module))

        return entered

    def _leave(self, path: str) -> Callable[..., None]:
        def left(module: nn.Module, _inputs: object, _output: object) -> None:
            if self._inside:
                self._inside.pop()
            if next(module.parameters(recurse=False), None) is not None:
                self._before = (path, module)

        return left

    def _saw(self, function: str, output: object) -> None:
        """Take in the output of one call of an activation, from a module or straight from a user's forward."""
        if (
            not isinstance(output, Tensor)
            or not output.is_floating_point()
            or output.ndim < 2
            or not output.numel()
        ):
            return
        output = output.detach()
        name, kind = self._named(function)
        self.kinds[name] = kind
        self.last = name
        if kind == "relu":
            axis = self._channel_axis(output)
            largest = output.amax([a for a in range(output.ndim) if a != axis])
            known = self._largest.get(name)
            same = known is not None and known.shape == largest.shape
            self._largest[name] = torch.maximum(known, largest) if same and known is not None else largest
        else:
            low = 0.0 if kind == "sigmoid" else -1.0
            margin = LIMIT_SHARE * (1 - low)
            self._limits.setdefault(name, []).append(
                ((output < low + margin) | (output > 1 - margin)).float().mean()
            )

    def _named(self, function: str) -> tuple[str, str]:
        kind = "relu" if function in RECTIFIERS else "sigmoid" if function in SIGMOIDS else "tanh"
        inner = self._inside[-1] if self._inside else None
        if (
            inner is not None
            and next(inner[1].parameters(recurse=False), None) is None
            and type(inner[1]).__module__.startswith("torch.")
        ):
            return inner[0], kind
        place = inner or self._before
        return (f"{place[0]} ({kind})" if place and place[0] else kind), kind

    def _channel_axis(self, output: Tensor) -> int:
        """Return the axis of the units: 1 after convolutions, the last one after dense layers."""
        if output.ndim == 2 or self._before is None:
            return 1
        return output.ndim - 1 if type(self._before[1]).__name__ in CHANNELS_LAST else 1


class _Calls(TorchFunctionMode):
    """Hands the output of every call of an activation function on."""

    def __init__(self, saw: Callable[[str, object], None]) -> None:
        super().__init__()
        self._tell = saw
        self._deep = False

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401 - torch's own signature
        name = getattr(func, "__name__", "")
        if self._deep or (name not in RECTIFIERS and name not in SIGMOIDS and name not in TANHS):
            return func(*args, **(kwargs or {}))
        self._deep = True  # F.relu calls torch.relu: one call, counted once
        try:
            output = func(*args, **(kwargs or {}))
            self._tell(name, output)
        finally:
            self._deep = False
        return output
