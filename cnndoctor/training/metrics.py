"""The user's own metrics (torchmetrics protocol: update, compute, reset), and whether they agree with a plain recount."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from cnndoctor.evidence.train import ClassResult
from cnndoctor.experiment import Experiment
from cnndoctor.user_code import user_code

PER_CLASS = {
    "recall": "recall",
    "sensitivity": "recall",
    "tpr": "recall",
    "precision": "precision",
    "ppv": "precision",
}
FAR_OFF = 0.2  # chosen: another decision threshold moves a recall by less in the runs of configs/programs
AGREES = 5e-3  # rounding of half precision and of an incomplete last batch; a wrong metric is off by far more


class UserMetrics:
    """The metrics of the experiment file for one split."""

    def __init__(self, experiment: Experiment, split: str) -> None:
        """Build every metric and move it to the device.

        Args:
            experiment: Whose metrics.
            split: train or validation; prefixes the names of values.

        Raises:
            UserCodeError: A metric could not be built.
        """
        self._split = split
        self._metrics = experiment.build_metrics()

    def __bool__(self) -> bool:
        """Return whether there is any metric."""
        return bool(self._metrics)

    def update(self, outputs: object, targets: object) -> None:
        """Hand one batch of raw outputs and targets to every metric."""
        if outputs is None or targets is None:
            return
        for name, metric in self._metrics.items():
            with user_code(f"metric {name}"), torch.no_grad():
                metric.update(_detached(outputs), _detached(targets))

    def compute(self) -> dict[str, float]:
        """Return ``split/name`` → value, and start again from nothing."""
        values: dict[str, float] = {}
        for name, metric in self._metrics.items():
            with user_code(f"metric {name}"):
                result = metric.compute()
                metric.reset()
            values |= dict(_flat(f"{self._split}/{name}", result))
        return values


def mismatches(
    values: Mapping[str, float], classes: tuple[ClassResult, ...], score: float, left_out: float = 0.0
) -> dict[str, tuple[float, float]]:
    """Return accuracies, recalls and precisions that a plain recount contradicts: name → (reported, recomputed).

    Args:
        values: Reported values of the judged split.
        classes: Results per class of the same split; none when there are no labels.
        score: Its plain accuracy.
        left_out: Share of the labels that the loss ignores: an accuracy that counts them, right or wrong, is none of the wrong.
    """
    recalls = [result.recall for result in classes if result.support]
    if not recalls or not math.isfinite(score):
        return {}
    balanced = sum(recalls) / len(recalls)
    wrong = {}
    for name, value in values.items():
        plain = name.rpartition("/")[2].lower()
        counts_all = score * (1 - left_out) - AGREES <= value <= score * (1 - left_out) + left_out + AGREES
        is_accuracy = not (left_out and counts_all) and plain in {"acc", "accuracy", "top1", "top_1", "acc1"}
        if (
            is_accuracy
            and min(abs(value - known) for known in (score, balanced, 100 * score, 100 * balanced)) > AGREES
        ):
            wrong[name] = (value, score)
        if plain in PER_CLASS and value > 1 and _no_percentage(value, plain, classes, score):
            wrong[name] = (value, balanced)
    return wrong


def _no_percentage(value: float, name: str, classes: tuple[ClassResult, ...], score: float) -> bool:
    """Return whether a recall or precision above 1 is far from every percentage that it could stand for.

    The user may decide at another threshold, so that only what is far off counts.
    """
    results = [getattr(result, PER_CLASS[name]) for result in classes if result.support]
    known = [score, *(result if math.isfinite(result) else 0.0 for result in results)]
    return all(abs(value / 100 - share) > FAR_OFF for share in (*known, sum(known[1:]) / len(results)))


def _detached(value: object) -> Any:  # noqa: ANN401
    return value.detach() if isinstance(value, Tensor) else value


def _flat(name: str, result: object) -> list[tuple[str, float]]:
    """Return the scalars of what a metric computed: a number, a tensor or a mapping of them."""
    if isinstance(result, Mapping):
        return [pair for key, value in result.items() for pair in _flat(f"{name}.{key}", value)]
    if isinstance(result, Tensor):
        return [(name, float(result))] if result.numel() == 1 else []
    return [(name, float(result))] if isinstance(result, int | float) else []
