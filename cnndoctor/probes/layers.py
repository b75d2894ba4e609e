"""Watches layers of a model in training: activations, gradients, weights and updates, on sampled steps only.

Kernels are chosen by their cost (sum, l2 norm, amin, amax; no var, no count) and everything of a step comes in one transfer.
Hooks exist during sampled steps only, because even idle hooks cost a few percent of a small model's step.

The first looks depend on the step's number alone, never on a clock, so that two runs give the same evidence. Later ones lie on
a fixed grid too, but each is made only while all that watching took since then keeps within its share of the time: these looks,
and what the run spends besides on curves, scores and logs. A deep model with tiny batches, where a look costs several steps, is
looked at less often, and so is a run whose short epochs cost more to tell than to train.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from cnndoctor.evidence.train import LayerSeries
from cnndoctor.loop import Step
from cnndoctor.patient.batches import first_tensor

MOST_LAYERS = 200
EARLY = (0, 1, 2, 4, 8, 16)
GROWTH = 8  # later looks lie an eighth of the run so far apart: about 80 in 100,000 steps
# So many looks are made whatever they cost: 900 steps with the usual distance, which is where most that goes wrong shows.
SURE_LOOKS = 24
OVERHEAD = 0.03  # share of the time that watching may take after the first looks
# Where the rest of watching uses up the share by itself, a look is still made when the run has grown by a quarter: about eight
# from 1,000 steps to 10,000. Looks alone never take more than the share.
AT_LEAST = 1.25
# Of larger weights the size and the update are taken from so many elements: a copy of them all would take as much memory again.
MOST_ELEMENTS = 2**18
SAMPLED_ELEMENTS = 2**16
# Of larger activations samples spread evenly over the batch are looked at: a reduction costs a pass through memory, and what is
# told of an activation is its size.
MOST_ACTIVATIONS = 2**16
DIGITS = 5
SERIES = ("activation_std", "activation_max", "gradient_rms", "weight_rms", "update_ratio")


@dataclass(slots=True)
class _Watched:
    """One layer and its series so far."""

    path: str
    module: nn.Module
    weight: nn.Parameter | None
    position: int = -1
    elements: int = 0
    forward: tuple[Tensor, ...] = ()  # sum, l2, min, max of the output, on the device
    series: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in SERIES})


class LayerMonitor:
    """Collects one row of statistics per layer at each sampled step."""

    def __init__(self, model: nn.Module, *, every: int = 32, overhead: float = OVERHEAD) -> None:
        """Choose the layers to watch.

        Args:
            model: The model in training.
            every: Smallest distance between two looks after the dense start.
            overhead: Share of the time that watching may take after the first looks.
        """
        self._every = every
        self._overhead = overhead
        self._costs: list[float] = []  # seconds of each look
        # Looks made, seconds that the rest of watching took, and the clock, when the share began to be held.
        self._counted_from = (0, 0.0, 0.0)
        self._begun = 0.0
        self._layers = _layers_of(model)
        self._handles: list[RemovableHandle] = []
        self._calls = 0
        self.next_look = 0
        self.steps: list[int] = []
        self.seconds = 0.0

    @contextmanager
    def watching(self) -> Iterator[LayerMonitor]:
        """Watch from here on; every hook is gone afterwards."""
        try:
            self._arm()
            yield self
        finally:
            self._disarm()

    def look(self, step: Step) -> None:
        """Take what this step showed, when it is a sampled one; called between backward and update.

        Args:
            step: The step.
        """
        if step.index != self.next_look:
            return
        started = perf_counter()
        self._disarm()
        before = [_copied(layer.weight) for layer in self._layers]
        forward = [number for layer in self._layers for number in layer.forward or _NAN4]
        gradients = _norms([_gradient(layer) for layer in self._layers])
        step.after.append(lambda done: self._finish(done, forward, gradients, before))
        self.next_look = following(step.index, self._every)
        self.seconds += perf_counter() - started

    def prepare(self, next_index: int, *, besides: float = 0.0) -> None:
        """Set the hooks when the next step is to be sampled; called at the end of a step's body.

        Args:
            next_index: The next step.
            besides: Seconds that the rest of watching took so far.
        """
        if next_index < self.next_look or self._handles:
            return
        if self._affordable(next_index, besides):
            self.next_look = next_index
            self._arm()
        else:
            self.next_look = following(next_index, self._every)

    def series(
        self, dead: dict[str, list[float]], saturated: dict[str, float], kinds: dict[str, str]
    ) -> tuple[LayerSeries, ...]:
        """Return all layers in order of execution, with the dead units that epochs' passes found.

        Args:
            dead: Layer path → dead share per epoch.
            saturated: Layer path → saturated share at the last pass.
            kinds: Layer path → class or function name, of activations that are no module of their own.
        """
        own = {layer.path for layer in self._layers}
        rows = [
            _series_of(layer, dead, saturated)
            for layer in self._layers
            if layer.position >= 0 or layer.weight is not None
        ]
        last = max((row.position for row in rows), default=0)
        for offset, path in enumerate(path for path in {**dead, **saturated} if path not in own):
            rows.append(
                LayerSeries(
                    path=path,
                    kind=kinds.get(path, ""),
                    position=last + 1 + offset,
                    dead_units=tuple(dead.get(path, ())),
                    saturated=saturated.get(path, 0.0),
                )
            )
        return tuple(sorted(rows, key=lambda row: (row.position, row.path)))

    def latest(self) -> dict[str, float]:
        """Return the update ratio of each layer at the last look."""
        rows = {
            layer.path: layer.series["update_ratio"] for layer in self._layers if layer.weight is not None
        }
        return {path: values[-1] for path, values in rows.items() if values and math.isfinite(values[-1])}

    def _affordable(self, index: int, besides: float) -> bool:
        """Return whether one more look keeps watching within its share; the first ones always do.

        A look costs what it costs in the median: a hiccup of the machine must not make the run unseen.
        """
        looks, now = len(self._costs), perf_counter()
        if looks < SURE_LOOKS:
            self._counted_from = (looks + 1, besides, now)
            return True
        before, besides_before, since = self._counted_from
        of_looks, most = (looks + 1 - before) * median(self._costs), self._overhead * (now - since)
        if of_looks + besides - besides_before <= most:
            return True
        return of_looks <= most and bool(self.steps) and index >= AT_LEAST * self.steps[-1]

    def _arm(self) -> None:
        started = perf_counter()
        self._begun = self.seconds
        self._calls = 0
        for layer in self._layers:
            layer.forward = ()
            self._handles.append(layer.module.register_forward_hook(self._hook(layer)))
        self.seconds += perf_counter() - started

    def _disarm(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles.clear()

    def _hook(self, layer: _Watched) -> Callable[[nn.Module, object, object], None]:
        def keep(_module: nn.Module, _inputs: object, output: object) -> None:
            if not torch.is_grad_enabled():
                return  # a validation pass between arming and the next training step
            started = perf_counter()
            tensor = first_tensor(output, floating=True)
            if tensor is not None and tensor.numel():
                some = _some_samples(tensor.detach())
                layer.forward = _reduced(some)
                layer.elements = some.numel()
            if layer.position < 0:
                layer.position = self._calls
            self._calls += 1
            self.seconds += perf_counter() - started

        return keep

    def _finish(
        self, step: Step, forward: list[Tensor], gradients: list[Tensor], before: list[Tensor | None]
    ) -> None:
        started = perf_counter()
        weights = _norms(before)
        for layer, old in zip(self._layers, before, strict=True):
            if old is not None and layer.weight is not None:
                old.sub_(_seen(layer.weight))
        updates = _norms(before)
        read = _fetched([*forward, *gradients, *weights, *updates])
        count = len(self._layers)
        rest = read[4 * count :]
        for position, layer in enumerate(self._layers):
            _append(layer, [*read[4 * position : 4 * position + 4], *rest[position::count]])
        self.steps.append(step.index)
        self.seconds += perf_counter() - started
        self._costs.append(self.seconds - self._begun)


def following(index: int, every: int) -> int:
    """Return the step of the next look after one at ``index``: dense at first, then ever sparser."""
    early = next((step for step in EARLY if step > index), None)
    return early if early is not None else index + max(every, index // GROWTH)


HALVES = (torch.float16, torch.bfloat16)
_NAN = torch.tensor(math.nan)
_NAN4 = (_NAN,) * 4


def _layers_of(model: nn.Module) -> list[_Watched]:
    """Return the modules that own parameters or are leaves, evenly thinned in very deep models."""
    found = []
    for path, module in model.named_modules():
        own = [p for p in module.parameters(recurse=False) if p.requires_grad]
        if not own and (next(module.children(), None) is not None):
            continue
        weight = getattr(module, "weight", None)
        if not isinstance(weight, nn.Parameter) or not weight.requires_grad:
            weight = max(own, key=_size, default=None)
        found.append(_Watched(path=path, module=module, weight=weight))
    stride = math.ceil(len(found) / MOST_LAYERS) or 1
    return found[::stride]


def _size(parameter: nn.Parameter) -> int:
    return 0 if isinstance(parameter, nn.parameter.UninitializedParameter) else parameter.numel()


def _seen(weight: Tensor) -> Tensor:
    """Return the weight without its history; of a large one, elements spread evenly over it."""
    flat = weight.detach()
    if flat.numel() <= MOST_ELEMENTS:
        return flat
    # An odd distance beside a row's length does not fall on the same columns again and again.
    stride = flat.numel() // SAMPLED_ELEMENTS | 1
    while math.gcd(stride, flat.shape[-1]) > 1:
        stride += 2
    return flat.reshape(-1)[::stride]


def _copied(weight: nn.Parameter | None) -> Tensor | None:
    if weight is None or isinstance(weight, nn.parameter.UninitializedParameter):
        return None
    return _seen(weight).clone()


def _some_samples(tensor: Tensor) -> Tensor:
    """Return the activation, or of a large one every so many samples of its batch, whole."""
    stride = min(tensor.numel() // MOST_ACTIVATIONS, len(tensor) // 2) if tensor.ndim else 0
    return tensor[::stride] if stride > 1 else tensor


def _reduced(tensor: Tensor) -> tuple[Tensor, ...]:
    if tensor.is_complex():
        tensor = tensor.abs()
    low, high = tensor.amin(), tensor.amax()  # together three quarters of aminmax
    total, norm = tensor.sum(dtype=torch.float32), _norm(tensor)
    if low.dtype is not torch.float32:
        low, high = low.float(), high.float()
    return total, norm, low, high


def _norm(tensor: Tensor) -> Tensor:
    """Return the l2 norm as a float32; halves are summed in float32, doubles and complex numbers as they are."""
    wider = torch.float32 if tensor.dtype in HALVES else None
    norm: Tensor = torch.linalg.vector_norm(tensor, dtype=wider)
    return norm if norm.dtype is torch.float32 else norm.float()


def _gradient(layer: _Watched) -> Tensor | None:
    gradient = layer.weight.grad if layer.weight is not None else None
    return gradient.coalesce().values() if gradient is not None and gradient.is_sparse else gradient


def _norms(tensors: list[Tensor | None]) -> list[Tensor]:
    """Return the l2 norm of each, NaN for what is absent; one launch for all that are of a kind."""
    present = [tensor.detach() for tensor in tensors if tensor is not None and tensor.numel()]
    one_kind = all(tensor.dtype is torch.float32 and tensor.device == present[0].device for tensor in present)
    if present and one_kind:
        norms = iter(torch._foreach_norm(present))  # noqa: SLF001 - what clip_grad_norm_ itself uses
    else:
        norms = iter([_norm(tensor) for tensor in present])
    return [next(norms) if t is not None and t.numel() else _NAN for t in tensors]


def _fetched(values: list[Tensor]) -> list[float]:
    """Return all numbers of these small tensors in order, in one transfer."""
    if not values:
        return []
    device = next((value.device for value in values if value.device.type != "cpu"), torch.device("cpu"))
    on_device = values if device.type == "cpu" else [value.to(device) for value in values]
    numbers: list[float] = torch.stack(on_device).tolist()
    return numbers


def _append(layer: _Watched, row: list[float]) -> None:
    total, l2, low, high, gradient, weight, update = row
    n, size = max(1, layer.elements), max(1, _size(layer.weight) if layer.weight is not None else 1)
    looked_at = size if size <= MOST_ELEMENTS or layer.weight is None else _seen(layer.weight).numel()
    # A sparse update of a large table may have missed every element that was looked at: that says nothing.
    missed = looked_at < size and update == 0 != gradient
    mean = total / n
    values = {
        "activation_std": math.sqrt(max(0.0, l2 * l2 / n - mean * mean)) if math.isfinite(l2) else math.nan,
        "activation_max": max(abs(low), abs(high)),
        "gradient_rms": gradient / math.sqrt(size),
        "weight_rms": weight / math.sqrt(looked_at),
        "update_ratio": update / weight if weight and not missed else math.nan,
    }
    for name, value in values.items():
        layer.series[name].append(rounded(value))


def rounded(value: float) -> float:
    """Return the value with the digits that evidence keeps."""
    return float(f"{value:.{DIGITS}g}")


def _series_of(layer: _Watched, dead: dict[str, list[float]], saturated: dict[str, float]) -> LayerSeries:
    series = {
        name: tuple(values) if not all(map(math.isnan, values)) else ()
        for name, values in layer.series.items()
    }
    return LayerSeries(
        path=layer.path,
        kind=type(layer.module).__name__,
        position=max(0, layer.position),
        dead_units=tuple(dead.get(layer.path, ())),
        saturated=saturated.get(layer.path, 0.0),
        **series,
    )
