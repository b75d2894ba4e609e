"""The loss of a model that knows nothing but how often each label occurs, for losses where that is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cnndoctor.patient.task import Task, loss_name

CROSS_ENTROPIES = {"CrossEntropyLoss", "cross_entropy", "NLLLoss", "nll_loss", "NLLLoss2d"}
BINARY_ENTROPIES = {
    "BCELoss", "BCEWithLogitsLoss", "binary_cross_entropy", "binary_cross_entropy_with_logits", "MultiLabelSoftMarginLoss",
    "SoftMarginLoss",
}  # fmt: skip
SQUARES = {"MSELoss", "mse_loss"}
DISTANCES = {"L1Loss", "l1_loss"}


def expected_loss(
    loss: object, task: Task, targets: object, classes: int, histogram: Mapping[str, int] | None = None
) -> float:
    """Return the loss to expect before training.

    Args:
        loss: The built loss.
        task: The task.
        targets: Targets of the batch.
        classes: Width of the head; 0 when unknown.
        histogram: Label → count over the whole training split, where the data stage has counted.

    Returns:
        Entropy of the label frequencies for cross entropies (with label smoothing, of the smoothed ones), ln 2 for binary
        entropies, the targets' spread for squared and absolute errors; NaN for other losses, sums and class weights.
    """
    name = loss_name(loss)
    settings: dict[str, Any] = dict(getattr(loss, "keywords", None) or {})
    weighted = any(isinstance(_setting(loss, settings, key), Tensor) for key in ("weight", "pos_weight"))
    if (
        _setting(loss, settings, "reduction") not in {None, "mean"}
        or weighted
        or not isinstance(targets, Tensor)
    ):
        return math.nan
    if name in BINARY_ENTROPIES:
        return math.log(2)
    if name in CROSS_ENTROPIES:
        ignored = _setting(loss, settings, "ignore_index")
        smoothing = _setting(loss, settings, "label_smoothing")
        return _entropy(
            targets,
            classes,
            histogram,
            ignored if isinstance(ignored, int) else -100,
            float(smoothing) if isinstance(smoothing, int | float) else 0.0,
        )
    if task is Task.REGRESSION and targets.numel() and name in SQUARES | DISTANCES:
        rows = (
            targets.detach().double().reshape(len(targets), -1)
            if targets.ndim
            else targets.double().reshape(1, 1)
        )
        if name in SQUARES:
            return float((rows - rows.mean(0)).square().mean())
        return float((rows - rows.median(0).values).abs().mean())
    return math.nan


def _setting(loss: object, keywords: Mapping[str, object], name: str) -> object:
    return keywords.get(name, getattr(loss, name, None) if isinstance(loss, nn.Module) else None)


def _entropy(
    targets: Tensor, classes: int, histogram: Mapping[str, int] | None, ignored: int, smoothing: float
) -> float:
    shares = _counted(histogram, ignored) if not targets.is_floating_point() else None
    if shares is None:
        shares = _of_batch(targets, ignored)
    if shares is None or not len(shares):
        return math.nan
    if classes > len(shares):
        shares = torch.cat([shares, shares.new_zeros(classes - len(shares))])
    if smoothing and classes:
        shares = (1 - smoothing) * shares + smoothing / classes
    return float(-torch.special.xlogy(shares, shares).sum())


def _counted(histogram: Mapping[str, int] | None, ignored: int) -> Tensor | None:
    if not histogram:
        return None
    counts = torch.tensor(
        [float(n) for label, n in histogram.items() if label != str(ignored)], dtype=torch.float64
    )
    return counts / counts.sum() if len(counts) and float(counts.sum()) > 0 else None


def _of_batch(targets: Tensor, ignored: int) -> Tensor | None:
    if targets.is_floating_point():  # class probabilities [N, C, ...]
        if targets.ndim < 2:
            return None
        shares = targets.detach().double().movedim(1, 0).flatten(1).mean(1).cpu()
        return shares / shares.sum() if float(shares.sum()) > 0 else None
    labels = targets.detach().flatten()
    labels = labels[(labels >= 0) & (labels != ignored)]
    if not labels.numel():
        return None
    counts: Tensor = torch.unique(labels.cpu(), return_counts=True)[1].double()
    return counts / counts.sum()
