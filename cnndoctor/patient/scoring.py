"""Scores outputs against targets for every task: a running tally that gives score, chance, confusion and worst samples."""

from __future__ import annotations

import functools
import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.squares import Squares
from cnndoctor.patient.task import Task, loss_name

POISSON_LOSSES = {"PoissonNLLLoss", "poisson_nll_loss"}
LARGEST_LOG_RATE = 50.0  # exp of it is still a number whose square float64 can add up
MOST_CLASSES = 1_000  # a confusion matrix beyond this is no use to a reader
PROBABILITY_LOSSES = {"BCELoss", "binary_cross_entropy"}
LOGIT_LOSSES = {"BCEWithLogitsLoss", "binary_cross_entropy_with_logits", "MultiLabelSoftMarginLoss"}
MARGIN_LOSSES = {"SoftMarginLoss", "soft_margin_loss", "HingeEmbeddingLoss", "MultiMarginLoss"}
BINARY_LOSSES = PROBABILITY_LOSSES | LOGIT_LOSSES
CLASS_LOSSES = {"CrossEntropyLoss", "cross_entropy", "NLLLoss", "nll_loss"}
METRIC_NAMES = {
    Task.CLASSIFICATION: "accuracy",
    Task.MULTILABEL: "label-accuracy",
    Task.SEGMENTATION: "pixel-accuracy",
    Task.REGRESSION: "r2",
    Task.CTC: "exact-sequences",
    Task.CUSTOM: "",
}


@dataclass(slots=True, kw_only=True)
class Tally:
    """Adds up batches of outputs and targets.

    Attributes:
        task: What kind of problem.
        loss: The loss, which tells logits from probabilities and names the label to skip.
        confusion: [true, predicted] counts; None until labels were seen.
        samples: Samples added.
        labels_left_out: Labels that the loss ignores.
    """

    task: Task
    loss: object = None
    confusion: Tensor | None = None
    samples: int = 0
    labels_left_out: int = 0
    hits: float = 0.0
    positives: Tensor | None = None  # [columns] positive labels, for multilabel chance
    entries: int = 0
    squares: Squares | None = None  # regression
    sequences: Counter[tuple[int, ...]] = field(default_factory=Counter)

    def add(self, outputs: Any, targets: Any) -> None:  # noqa: ANN401 - a model returns what it likes
        """Add one batch; silently leaves out what cannot be scored.

        Args:
            outputs: Raw model outputs; the first floating tensor inside counts.
            targets: Targets of the same batch.
        """
        scores, truth = first_tensor(outputs, floating=True), first_tensor(targets)
        if (
            scores is None
            or truth is None
            or scores.ndim == 0
            or truth.ndim == 0
            or 0 in {len(scores), len(truth)}
        ):
            return
        scores, truth = scores.detach(), truth.detach()
        match self.task:
            case Task.CLASSIFICATION | Task.SEGMENTATION:
                self._add_labels(scores, truth)
            case Task.MULTILABEL:
                self._add_multilabel(scores, truth)
            case Task.REGRESSION:
                self._add_regression(scores, truth)
            case Task.CTC:
                self._add_sequences(scores, targets)
            case _:
                return

    @property
    def metric(self) -> str:
        """Return the name of the score; empty when nothing could be scored."""
        return METRIC_NAMES[self.task] if self.samples else ""

    def score(self) -> float:
        """Return the score, best 1; NaN when nothing could be scored."""
        if not self.samples:
            return math.nan
        if self.confusion is not None:
            return float(self.confusion.diagonal().sum() / self.confusion.sum())
        if self.task is Task.REGRESSION:
            variance = self._target_variance()
            return (
                1 - self.squares.mean_square_error() / variance if self.squares and variance > 0 else math.nan
            )
        return self.hits / max(1, self.entries)

    def chance(self) -> float:
        """Return the score of the best constant prediction on the same samples."""
        if not self.samples:
            return math.nan
        if self.confusion is not None:
            return float(self.confusion.sum(1).max() / self.confusion.sum())
        if self.positives is not None:
            share = self.positives / max(1, self.entries // len(self.positives))
            return float(torch.maximum(share, 1 - share).mean())
        return 0.0

    def left_out(self) -> float:
        """Return the share of labels that no score counts, because the loss ignores them."""
        counted = int(self.confusion.sum()) if self.confusion is not None else 0
        return self.labels_left_out / max(1, counted + self.labels_left_out)

    def top_prediction_share(self) -> float:
        """Return the share of the most frequent predicted label; NaN where there are no labels."""
        return (
            float(self.confusion.sum(0).max() / self.confusion.sum())
            if self.confusion is not None
            else math.nan
        )

    def top_label_share(self) -> float:
        """Return the share of the most frequent true label; NaN where there are no labels."""
        return self.chance() if self.confusion is not None else math.nan

    def output_std(self) -> float:
        """Return the standard deviation of regression outputs over that of the targets; NaN for other tasks."""
        target = self._target_variance()
        return math.sqrt(self.squares.output_variance() / target) if self.squares and target > 0 else math.nan

    def _add_labels(self, scores: Tensor, truth: Tensor) -> None:
        predicted, labels, classes = predicted_labels(scores, truth, self.loss)
        if predicted is None or labels is None or classes > MOST_CLASSES:
            return
        keep = (labels >= 0) & (labels < classes) & (labels != _setting(self.loss, "ignore_index", -100))
        self.labels_left_out += len(labels) - int(keep.sum())
        predicted, labels = predicted[keep], labels[keep]
        if not len(labels):
            return
        counts = (
            torch.bincount(labels * classes + predicted, minlength=classes * classes)
            .reshape(classes, classes)
            .cpu()
        )
        before = counts.new_zeros(0, 0) if self.confusion is None else self.confusion
        size = max(classes, len(before))
        self.confusion = _grown(before, size) + _grown(counts, size)
        self.samples += len(truth)

    def _add_multilabel(self, scores: Tensor, truth: Tensor) -> None:
        if scores.shape != truth.shape:
            return
        if loss_name(self.loss) in {"MultiLabelMarginLoss", "multilabel_margin_loss"}:
            truth = _multi_hot(truth, scores.shape[-1])
        truth = truth > 0.5
        predicted = scores > _threshold(self.loss, scores)
        self.hits += float((predicted == truth).sum())
        self.entries += truth.numel()
        positives = truth.reshape(len(truth), -1).sum(0).cpu()
        self.positives = positives if self.positives is None else self.positives + positives
        self.samples += len(truth)

    def _add_regression(self, scores: Tensor, truth: Tensor) -> None:
        on_mps = scores.device.type == "mps"  # Apple's accelerator has no float64
        wide = torch.float32 if on_mps else torch.float64
        outputs, values = scores.to(wide).reshape(len(scores), -1), truth.to(wide).reshape(len(truth), -1)
        if gives_log_rates(self.loss):
            outputs = outputs.clamp(max=LARGEST_LOG_RATE).exp()
        if self.squares is None:
            self.squares = Squares(loss=self.loss)
        if self.squares.add(outputs, values):
            self.samples += len(truth)

    def _add_sequences(self, scores: Tensor, targets: Any) -> None:  # noqa: ANN401
        """Count exact greedy decodings; scores are [T, N, C], targets [N, S] or (targets, ..., target lengths)."""
        truth = first_tensor(targets)
        if truth is None or truth.ndim != 2 or scores.ndim != 3:
            return
        blank = int(_setting(self.loss, "blank", 0))
        best = scores.argmax(-1)  # [T, N]
        for column, row in zip(best.unbind(1), truth, strict=False):
            decoded = [int(s) for s in torch.unique_consecutive(column) if int(s) != blank]
            wanted = [int(s) for s in row if int(s) not in (blank, -1)]
            self.hits += decoded == wanted
            self.entries += 1
            self.sequences[tuple(wanted)] += 1
        self.samples += len(truth)

    def _target_variance(self) -> float:
        return self.squares.target_variance() if self.squares else 0.0


def predicted_labels(scores: Tensor, truth: Tensor, loss: object) -> tuple[Tensor | None, Tensor | None, int]:
    """Return flat predicted and true labels and the number of classes; (None, None, 0) when shapes do not meet.

    Args:
        scores: [N, C, ...] class scores, or [N], [N, 1], [N, 1, ...] scores of the positive class; [N, ..., C] is understood
            when only that fits the targets.
        truth: [N, ...] labels, or class probabilities / one-hot vectors of the shape of ``scores``.
        loss: Tells logits from probabilities for a single score.
    """
    one_score = scores.ndim == 1 or (scores.shape[1] == 1 and truth.numel() == scores.numel())
    # Masks of several channels under a binary loss may overlap: every entry is a yes or a no of its own.
    if one_score or (scores.ndim > 2 and scores.shape == truth.shape and loss_name(loss) in BINARY_LOSSES):
        if scores.numel() != truth.numel():
            return None, None, 0
        return (scores.flatten() > _threshold(loss, scores)).long(), (truth.flatten() > 0.5).long(), 2
    classes = scores.shape[1]
    if truth.shape == scores.shape:
        return scores.argmax(1).flatten(), truth.argmax(1).flatten(), classes
    if truth.numel() * classes == scores.numel() and _meet(truth, scores, axis=1):
        return scores.argmax(1).flatten(), truth.flatten().long(), classes
    if truth.numel() * scores.shape[-1] == scores.numel() and _meet(truth, scores, axis=-1):
        return scores.argmax(-1).flatten(), truth.flatten().long(), scores.shape[-1]
    return None, None, 0


def _meet(truth: Tensor, scores: Tensor, *, axis: int) -> bool:
    """Return whether the targets are the scores' shape without the class axis; axes of size 1 do not count."""
    if scores.ndim == 2:  # positions folded into the batch
        return True
    without = [*scores.shape]
    del without[axis]
    return [n for n in truth.shape if n != 1] == [n for n in without if n != 1]


def says_what_outputs_are(loss: object) -> bool:
    """Return whether scores depend on what the loss takes the outputs for: logits, margins or logarithms of rates.

    Args:
        loss: The loss: a module, a function or a partial.
    """
    return loss_name(loss) in LOGIT_LOSSES | MARGIN_LOSSES or gives_log_rates(loss)


def gives_log_rates(loss: object) -> bool:
    """Return whether the loss takes the logarithm of what the targets count (a Poisson loss, unless told otherwise).

    Args:
        loss: The loss: a module, a function or a partial.
    """
    if loss_name(loss) not in POISSON_LOSSES:
        return False
    told = getattr(loss, "keywords", {}).get("log_input", True)
    return bool(getattr(loss, "log_input", told))


def _threshold(loss: object, scores: Tensor) -> float:
    """Return where a single score turns positive: 0.5 for probabilities, 0 for logits.

    A loss of the user's own does not say which it takes; scores that all lie in [0, 1] are probabilities then.
    """
    name = loss_name(loss)
    if name in LOGIT_LOSSES | MARGIN_LOSSES:
        return 0.0
    if name in PROBABILITY_LOSSES or bool(((scores >= 0) & (scores <= 1)).all()):
        return 0.5
    return 0.0


def _multi_hot(indices: Tensor, classes: int) -> Tensor:
    """Return [N, C] zeros and ones from rows of class indices that end at the first -1."""
    rows = indices.reshape(-1, indices.shape[-1])
    named = (rows >= 0).cummin(-1).values
    hot = torch.zeros(len(rows), classes, dtype=torch.long, device=rows.device)
    hot.scatter_reduce_(1, rows.clamp(0, classes - 1).long(), named.long(), "amax")
    return hot.reshape(indices.shape)


def _grown(counts: Tensor, size: int) -> Tensor:
    """Return square counts with rows and columns of zeros added up to ``size``."""
    grow = size - len(counts)
    return nn.functional.pad(counts, (0, grow, 0, grow)) if grow else counts


def _setting(loss: object, name: str, default: Any) -> Any:  # noqa: ANN401 - a setting of whatever type
    """Return a setting of a loss: an attribute of a module, or a keyword bound to a function."""
    if isinstance(loss, functools.partial):
        return loss.keywords.get(name, default)
    return getattr(loss, name, default)


def constant_loss(loss: object, task: Task, tally: Tally) -> float:
    """Return the loss of the best constant prediction for losses with a known one; NaN otherwise.

    Sums instead of means, weights on single samples or on one of two classes have no such number here.

    Args:
        loss: The loss.
        task: The task.
        tally: A tally that has seen the targets.
    """
    name = loss_name(loss)
    if _setting(loss, "reduction", "mean") != "mean":
        return math.nan
    weight, smoothing = _setting(loss, "weight", None), float(_setting(loss, "label_smoothing", 0.0))
    if name in CLASS_LOSSES and tally.confusion is not None:
        counts = tally.confusion.sum(1).double()
        if weight is not None:
            if smoothing or len(weight) != len(counts):
                return math.nan
            counts = counts * weight.detach().cpu().double()
        share = counts / counts.sum()
        return _entropy((1 - smoothing) * share + smoothing / len(share))
    if name in BINARY_LOSSES and tally.confusion is not None:
        if weight is not None or _setting(loss, "pos_weight", None) is not None:
            return math.nan
        counts = tally.confusion.sum(1).double()
        return _entropy(counts / counts.sum())
    if name in {"MSELoss", "mse_loss"} and task is Task.REGRESSION and tally.samples:
        return tally._target_variance()  # noqa: SLF001 - same module
    return math.nan


def _entropy(share: Tensor) -> float:
    return float(-(share * share.clamp_min(1e-12).log()).sum())
