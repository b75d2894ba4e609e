"""Metrics that compare every output with every target, because a column met a row and was broadcast."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from cnndoctor.errors import UserCodeError
from cnndoctor.experiment import Experiment
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Computed
from cnndoctor.training.metrics import UserMetrics

FEWEST = 4  # samples: with one or two, every pair is nearly the pairs that are meant
MOST = 64  # samples that are handed over one at a time
DIFFERENCE = 0.02  # of the larger value: an average of averages differs by less on equal batches of one


class MetricShapes:
    """Sees one batch: whether metrics pair every output with every target, and what they say of the samples one by one.

    A streaming metric says the same of samples in one batch and one by one. Where [N, 1] meets [N] it compares N x N pairs in
    a batch and the right ones alone. Metrics that pair on purpose (ranking losses, AUC) do it with equal numbers of axes.

    Attributes:
        found: Metric name → (value of the batch, value of the samples one by one), for those that broadcast.
    """

    def __init__(self, experiment: Experiment) -> None:
        """Wait for a batch.

        Args:
            experiment: Whose metrics.
        """
        self.found: Mapping[str, tuple[float, float]] = {}
        self._experiment = experiment
        self._done = not experiment.config.metrics

    def see(self, computed: Computed) -> None:
        """Take the first batch of plain tensors that is large enough.

        Args:
            computed: Outputs and targets of one batch.
        """
        outputs, targets = computed.outputs, computed.targets
        if self._done or not isinstance(outputs, Tensor) or not isinstance(targets, Tensor):
            return
        if not outputs.ndim or not targets.ndim or not FEWEST <= len(outputs) == len(targets):
            return
        self._done = True
        try:
            with preserved_randomness():
                self.found = _compared(self._experiment, outputs.detach()[:MOST], targets.detach()[:MOST])
        except UserCodeError:
            return  # a metric that cannot take one sample alone says nothing here


def _compared(experiment: Experiment, outputs: Tensor, targets: Tensor) -> dict[str, tuple[float, float]]:
    metrics, watch = UserMetrics(experiment, "batch"), _Meetings()
    with watch:
        metrics.update(outputs, targets)
    if not watch.broadcast:
        return {}
    whole = metrics.compute()
    for index in range(len(outputs)):
        metrics.update(outputs[index : index + 1], targets[index : index + 1])
    alone = metrics.compute()
    pairs = {name.partition("/")[2]: (value, alone.get(name, math.nan)) for name, value in whole.items()}
    return {name: pair for name, pair in pairs.items() if _differ(*pair)}


def _differ(whole: float, alone: float) -> bool:
    return abs(whole - alone) > DIFFERENCE * max(abs(whole), abs(alone))  # false where one is NaN


class _Meetings(TorchFunctionMode):
    """Notes whether two tensors of as many elements, but not as many axes, were broadcast to something larger."""

    def __init__(self) -> None:
        super().__init__()
        self.broadcast = False

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - whatever the function returns
        result = func(*args, **(kwargs or {}))
        pair = [value for value in args[:2] if isinstance(value, Tensor)]
        if len(pair) == 2 and isinstance(result, Tensor):
            first, second = pair
            met = first.ndim != second.ndim and first.numel() == second.numel() < result.numel()
            self.broadcast |= met and result.shape == _broadcast_shape(first, second)
        return result


def _broadcast_shape(first: Tensor, second: Tensor) -> torch.Size | None:
    try:
        # torch gives it no types
        return torch.Size(torch.broadcast_shapes(first.shape, second.shape))  # type: ignore[no-untyped-call]
    except RuntimeError:
        return None
