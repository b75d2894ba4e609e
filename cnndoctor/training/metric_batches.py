"""Metrics that say something else of batches than of all their samples: taken batch by batch, and averaged."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from cnndoctor.errors import UserCodeError
from cnndoctor.experiment import Experiment
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Computed
from cnndoctor.patient.task import Task
from cnndoctor.training.metrics import UserMetrics

PLAIN = {Task.CLASSIFICATION, Task.MULTILABEL, Task.REGRESSION}  # a score over samples is one number there
MOST_SAMPLES, MOST_ELEMENTS = 4_000, 4_000_000


class MetricBatches:
    """Keeps the first batches of an evaluation, and hands them to every metric as they came and all at once."""

    def __init__(self, experiment: Experiment) -> None:
        """Wait for batches.

        Args:
            experiment: Whose metrics.
        """
        self._experiment = experiment
        self._batches: list[tuple[Tensor, Tensor]] = []
        self._elements = 0
        self._open = bool(experiment.config.metrics) and experiment.task in PLAIN

    def see(self, computed: Computed) -> None:
        """Keep a batch of plain tensors while there is room; where outputs or targets are something else, nothing is told.

        Args:
            computed: Outputs and targets of one batch.
        """
        outputs, targets = computed.outputs, computed.targets
        if not self._open:
            return
        if not _is_plain(outputs, targets):
            self._open = False
            self._batches.clear()
            return
        self._batches.append((outputs.detach().clone(), targets.detach().clone()))
        self._elements += outputs.numel() + targets.numel()
        samples = sum(len(kept) for kept, _ in self._batches)
        self._open = samples < MOST_SAMPLES and self._elements < MOST_ELEMENTS

    def found(self) -> Mapping[str, tuple[float, float]]:
        """Return metric name → (value of the batches as they came, value of all their samples at once)."""
        if len(self._batches) < 2:
            return {}
        metrics = UserMetrics(self._experiment, "batches")
        try:
            with preserved_randomness():
                for outputs, targets in self._batches:
                    metrics.update(outputs, targets)
                by_batch = metrics.compute()
                metrics.update(*(torch.cat(side) for side in zip(*self._batches, strict=True)))
                whole = metrics.compute()
        except (UserCodeError, RuntimeError):
            return {}  # a metric that cannot take so many samples, or batches of other shapes, says nothing here
        names = by_batch.keys() & whole.keys()
        return {name.partition("/")[2]: (by_batch[name], whole[name]) for name in sorted(names)}


def _is_plain(outputs: object, targets: object) -> bool:
    return (
        isinstance(outputs, Tensor)
        and isinstance(targets, Tensor)
        and 0 < outputs.ndim <= 2
        and targets.ndim > 0
        and len(outputs) == len(targets)
    )
