"""Precision and recall over thresholds, against counting one by one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.patient.session import Computed
from cnndoctor.patient.task import Task
from cnndoctor.training.precision_recall import THRESHOLDS, AtLeast, PrecisionRecall


def computed(outputs: Tensor, targets: Tensor) -> Computed:
    """Return what a step would have computed."""
    return Computed(loss=torch.zeros(()), outputs=outputs, targets=targets)


def curves(task: Task, loss: object, outputs: Tensor, targets: Tensor) -> tuple[AtLeast, ...]:
    """Return the curves of two batches."""
    found = PrecisionRecall(task=task, loss=loss)
    half = len(outputs) // 2
    found.add(computed(outputs[:half], targets[:half]))
    found.add(computed(outputs[half:], targets[half:]))
    return found.curves()


def counted(scores: Tensor, truth: Tensor, threshold: float) -> tuple[int, int]:
    """Count one by one, in steps of a hundredth."""
    kept = [int(float(score) * (THRESHOLDS - 1)) >= round(threshold * (THRESHOLDS - 1)) for score in scores]
    hits = sum(keep and bool(true) for keep, true in zip(kept, truth, strict=True))
    return hits, sum(kept) - hits


@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 0.99, 1.0])
def test_classes_are_counted_one_against_the_rest(threshold: float) -> None:
    """Softmax scores of each class count against that class, as if counted one by one."""
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(60, 3, generator=generator)
    targets = torch.randint(0, 3, (60,), generator=generator)
    found = curves(Task.CLASSIFICATION, nn.CrossEntropyLoss(), outputs, targets)
    assert [curve.label for curve in found] == [0, 1, 2]
    at = round(threshold * (THRESHOLDS - 1))
    for curve in found:
        expected = counted(outputs.softmax(1)[:, curve.label], targets == curve.label, threshold)
        assert (curve.positives[at], curve.negatives[at]) == expected


def test_one_logit_is_one_curve() -> None:
    """A binary task has one curve over the sigmoid; [N, 1] outputs and [N] targets meet."""
    outputs, targets = torch.tensor([[3.0], [-3.0], [2.0], [-2.0]]), torch.tensor([1.0, 0.0, 0.0, 1.0])
    (curve,) = curves(Task.CLASSIFICATION, nn.BCEWithLogitsLoss(), outputs, targets)
    assert (curve.positives[0], curve.negatives[0]) == (2, 2)
    assert (curve.positives[50], curve.negatives[50]) == (1, 1)
    assert (curve.positives[90], curve.negatives[90]) == (1, 0)


def test_probabilities_are_taken_as_they_are() -> None:
    """What already is a probability is not squashed again."""
    outputs, targets = torch.tensor([[0.9, 0.2], [0.1, 0.8]] * 2), torch.tensor([[1.0, 0.0], [0.0, 1.0]] * 2)
    found = curves(Task.MULTILABEL, nn.BCELoss(), outputs, targets)
    assert [(curve.positives[79], curve.negatives[25]) for curve in found] == [(2, 0), (2, 0)]


@pytest.mark.parametrize(
    ("task", "loss", "outputs", "targets"),
    [
        (Task.CLASSIFICATION, nn.CrossEntropyLoss(), torch.rand(8, 11), torch.zeros(8, dtype=torch.long)),
        (Task.CLASSIFICATION, nn.CrossEntropyLoss(), torch.rand(8, 3), torch.zeros(8, dtype=torch.long)),
        (Task.CLASSIFICATION, nn.CrossEntropyLoss(), torch.rand(8, 3), torch.full((8,), -100)),
        (Task.CLASSIFICATION, nn.CrossEntropyLoss(), torch.full((8, 3), torch.nan), torch.arange(8) % 3),
        (Task.CLASSIFICATION, nn.CrossEntropyLoss(), torch.rand(8, 3), torch.zeros(8, 2)),
        (Task.SEGMENTATION, nn.CrossEntropyLoss(), torch.rand(8, 3, 2, 2), torch.zeros(8, 2, 2).long()),
        (Task.REGRESSION, nn.MSELoss(), torch.rand(8, 1), torch.rand(8, 1)),
        (Task.MULTILABEL, nn.MultiLabelMarginLoss(), torch.rand(8, 3), torch.zeros(8, 3).long()),
    ],
)
def test_what_has_no_such_curve_has_none(task: Task, loss: object, outputs: Tensor, targets: Tensor) -> None:
    """Many classes, one class alone, skipped labels, NaN, shapes that do not meet and other tasks give nothing."""
    found = curves(task, loss, outputs, targets)
    assert found == ()
