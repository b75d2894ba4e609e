"""Precision and recall over all thresholds, for tasks of a few classes: two histograms of scores for each class."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.scoring import CLASS_LOSSES, LOGIT_LOSSES
from cnndoctor.patient.session import Computed
from cnndoctor.patient.task import Task, loss_name

THRESHOLDS = 101  # 0, 0.01 … 1; TensorBoard shows at most 127
MOST_CLASSES = 10
LISTED_LABELS = {"MultiLabelMarginLoss", "multilabel_margin_loss"}  # their targets list classes
LOG_PROBABILITIES = {"NLLLoss", "nll_loss"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast:
    """How many positives, and how many negatives, of one class score at least each of the thresholds 0, 0.01 … 1."""

    label: int
    positives: tuple[int, ...]
    negatives: tuple[int, ...]


@dataclass(slots=True, kw_only=True)
class PrecisionRecall:
    """Adds up batches; what has no score for each of a few classes is left out.

    Attributes:
        task: What kind of problem.
        loss: The loss, which tells logits from probabilities.
    """

    task: Task
    loss: object = None
    _counts: Tensor | None = field(default=None)  # [2, classes, THRESHOLDS]: negatives, then positives

    def add(self, computed: Computed) -> None:
        """Add one batch of outputs and targets."""
        outputs, targets = first_tensor(computed.outputs, floating=True), first_tensor(computed.targets)
        if outputs is None or targets is None or 0 in {outputs.ndim, targets.ndim} or not len(outputs):
            return
        scores = self._probabilities(outputs.detach().float().cpu())
        truth = None if scores is None else _truth(scores, targets.detach().cpu())
        if scores is None or truth is None:
            return
        known = scores.isfinite().all(1)
        if (
            targets.numel() == len(scores) != scores.numel()
        ):  # one label a sample: what the loss skips has none
            known &= truth.any(1)
        scores, truth = scores[known], truth[known]
        classes = scores.shape[1]
        if self._counts is not None and self._counts.shape[1] != classes:
            return
        steps = (scores.clamp(0, 1) * (THRESHOLDS - 1)).floor().long()
        column = torch.arange(classes)
        place = (truth.long() * classes + column) * THRESHOLDS + steps
        counts = torch.bincount(place.flatten(), minlength=2 * classes * THRESHOLDS)
        counts = counts.reshape(2, classes, THRESHOLDS)
        self._counts = counts if self._counts is None else self._counts + counts

    def curves(self) -> tuple[AtLeast, ...]:
        """Return a curve for each class that has positives and negatives; one for a single score."""
        if self._counts is None:
            return ()
        above = self._counts.flip(-1).cumsum(-1).flip(-1)  # [2, classes, THRESHOLDS]
        found = (
            AtLeast(
                label=label,
                positives=tuple(above[1, label].tolist()),
                negatives=tuple(above[0, label].tolist()),
            )
            for label in range(above.shape[1])
        )
        return tuple(curve for curve in found if curve.positives[0] and curve.negatives[0])

    def _probabilities(self, outputs: Tensor) -> Tensor | None:
        """Return a score in [0, 1] for each sample and class, [N, C]; None where there are too many classes or none."""
        name = loss_name(self.loss)
        if outputs.ndim == 1:
            outputs = outputs[:, None]
        if outputs.ndim != 2 or outputs.shape[1] > MOST_CLASSES or name in LISTED_LABELS:
            return None
        inside = bool(((outputs >= 0) & (outputs <= 1)).all())
        if self.task is Task.MULTILABEL or (self.task is Task.CLASSIFICATION and outputs.shape[1] == 1):
            return outputs.sigmoid() if name in LOGIT_LOSSES or not inside else outputs
        if self.task is not Task.CLASSIFICATION:
            return None
        if name in LOG_PROBABILITIES:
            return outputs.exp()
        sums_to_one = inside and bool(torch.isclose(outputs.sum(1), outputs.new_ones(()), atol=1e-3).all())
        return outputs if sums_to_one and name not in CLASS_LOSSES else outputs.softmax(1)


def _truth(scores: Tensor, targets: Tensor) -> Tensor | None:
    """Return which classes each sample has, [N, C] of truth values; None when the shapes do not meet."""
    if targets.numel() == scores.numel():
        return targets.reshape(scores.shape) > 0.5
    if targets.numel() != len(scores):
        return None
    return targets.reshape(-1, 1).long() == torch.arange(scores.shape[1])
