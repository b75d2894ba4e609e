"""The task is inferred from the loss and one batch of targets."""

from __future__ import annotations

import functools

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnndoctor.patient.task import Task, infer_task, loss_name, of_torch

LABELS = torch.tensor([0, 2, 1, 1])
MASK = torch.zeros(4, 8, 8, dtype=torch.long)
DENSE = torch.zeros(4, 3, 8, 8)


class Dice(nn.Module):
    """A loss of the user's own, of which nothing is known."""


SHARES = torch.tensor([[0.8, 0.2, 0.0], [0.0, 0.4, 0.6]])
CASES: dict[str, tuple[object, object, object, Task]] = {
    "own loss, shares of votes": (Dice(), SHARES, torch.zeros(2, 3), Task.CLASSIFICATION),
    "own loss, quantities that add up to 2": (Dice(), 2 * SHARES, torch.zeros(2, 3), Task.REGRESSION),
    "distance, shares": (nn.MSELoss(), SHARES, torch.zeros(2, 3), Task.REGRESSION),
    "cross-entropy, labels": (nn.CrossEntropyLoss(), LABELS, torch.zeros(4, 3), Task.CLASSIFICATION),
    "cross-entropy, probabilities": (nn.CrossEntropyLoss(), torch.rand(4, 3), None, Task.CLASSIFICATION),
    "cross-entropy, mask": (nn.CrossEntropyLoss(), MASK, DENSE, Task.SEGMENTATION),
    "cross-entropy, mask, outputs in a mapping": (
        nn.CrossEntropyLoss(),
        MASK,
        {"out": DENSE},
        Task.SEGMENTATION,
    ),
    "cross-entropy, probability maps": (
        nn.CrossEntropyLoss(),
        torch.rand(4, 3, 8, 8),
        DENSE,
        Task.SEGMENTATION,
    ),
    "cross-entropy, tags": (
        nn.CrossEntropyLoss(),
        MASK[:, 0],
        {"logits": torch.zeros(4, 3, 8)},
        Task.SEGMENTATION,
    ),
    "cross-entropy, column of labels": (
        nn.CrossEntropyLoss(),
        LABELS[:, None],
        torch.zeros(4, 3),
        Task.CLASSIFICATION,
    ),
    "cross-entropy as a function": (functional.cross_entropy, LABELS, None, Task.CLASSIFICATION),
    "cross-entropy as a partial": (
        functools.partial(functional.cross_entropy, label_smoothing=0.1),
        LABELS,
        None,
        Task.CLASSIFICATION,
    ),
    "negative log-likelihood": (nn.NLLLoss(), LABELS, None, Task.CLASSIFICATION),
    "multi-class margin": (nn.MultiMarginLoss(), LABELS, None, Task.CLASSIFICATION),
    "divergence": (nn.KLDivLoss(), torch.rand(4, 3), None, Task.CLASSIFICATION),
    "one logit": (nn.BCEWithLogitsLoss(), torch.ones(4), None, Task.CLASSIFICATION),
    "one logit, column": (nn.BCEWithLogitsLoss(), torch.ones(4, 1), None, Task.CLASSIFICATION),
    "several labels": (nn.BCEWithLogitsLoss(), torch.ones(4, 5), None, Task.MULTILABEL),
    "several labels, margin": (nn.MultiLabelSoftMarginLoss(), torch.ones(4, 5), None, Task.MULTILABEL),
    "several labels, by index": (nn.MultiLabelMarginLoss(), LABELS[:, None], None, Task.MULTILABEL),
    "binary mask": (nn.BCEWithLogitsLoss(), torch.ones(4, 1, 8, 8), None, Task.SEGMENTATION),
    "binary function": (functional.binary_cross_entropy, torch.ones(4, 1), None, Task.CLASSIFICATION),
    "squares": (nn.MSELoss(), torch.rand(4), None, Task.REGRESSION),
    "squares, column": (nn.MSELoss(), torch.rand(4, 1), None, Task.REGRESSION),
    "squares, image": (nn.MSELoss(), torch.rand(4, 1, 8, 8), None, Task.REGRESSION),
    "squares, zeros and ones": (nn.MSELoss(), torch.ones(4, 1, 8, 8), None, Task.REGRESSION),
    "distance as a function": (functional.smooth_l1_loss, torch.rand(4), None, Task.REGRESSION),
    "ctc": (nn.CTCLoss(), LABELS, None, Task.CTC),
    "ctc as a function": (functional.ctc_loss, LABELS, None, Task.CTC),
    "own loss, labels": (Dice(), LABELS, None, Task.CLASSIFICATION),
    "own loss, mask": (Dice(), MASK, DENSE, Task.SEGMENTATION),
    "own loss, mask of zeros and ones": (Dice(), torch.ones(4, 1, 8, 8), DENSE, Task.SEGMENTATION),
    "own loss, true and false": (Dice(), torch.ones(4, dtype=torch.bool), None, Task.CLASSIFICATION),
    "own loss, quantities": (Dice(), torch.rand(4, 2), None, Task.REGRESSION),
    "no loss, quantities": (None, torch.rand(4), None, Task.REGRESSION),
    "boxes": (None, [{"boxes": torch.rand(2, 4)}], None, Task.CUSTOM),
    "no targets": (nn.CrossEntropyLoss(), None, None, Task.CUSTOM),
}


@pytest.mark.parametrize(("loss", "targets", "outputs", "task"), CASES.values(), ids=CASES)
def test_task_is_inferred(loss: object, targets: Tensor, outputs: object, task: Task) -> None:
    """Loss and targets together tell what is learnt."""
    assert infer_task(loss, targets, outputs) is task


def test_loss_names() -> None:
    """A module is named by its class, a function by itself, also through a partial."""
    assert loss_name(nn.MSELoss()) == "MSELoss"
    assert loss_name(functools.partial(functional.nll_loss, weight=None)) == "nll_loss"
    assert not loss_name(None)


class Focal(nn.Module):
    """A loss by hand on logits."""

    def forward(self, scores: Tensor, targets: Tensor) -> Tensor:
        p = torch.sigmoid(scores)
        return -((1 - p) * targets * p.log() + p * (1 - targets) * (1 - p).log()).mean()


class Squared(nn.Module):
    """A distance by hand."""

    def forward(self, scores: Tensor, targets: Tensor) -> Tensor:
        return (scores - targets).square().mean()


YES = torch.tensor([0.0, 1.0, 0.0, 1.0])


@pytest.mark.parametrize(
    ("loss", "targets", "outputs", "task"),
    [
        (Focal(), YES, torch.randn(4), Task.CLASSIFICATION),
        (Focal(), YES[:, None], torch.randn(4, 1), Task.CLASSIFICATION),
        (Focal(), YES.reshape(2, 2).repeat(2, 1), torch.randn(4, 2), Task.CLASSIFICATION),
        (Focal(), torch.tensor([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]]), torch.randn(2, 3), Task.MULTILABEL),
        (Squared(), YES, torch.randn(4), Task.REGRESSION),
        (Focal(), 2 * YES, torch.randn(4), Task.REGRESSION),
        (Focal(), YES, torch.randn(4, 2), Task.REGRESSION),
        (Dice(), YES, torch.randn(4), Task.REGRESSION),
    ],
    ids=["numbers", "columns", "one-hot", "labels", "distance", "no yes or no", "two scores", "raises"],
)
def test_a_loss_by_hand_that_takes_logits_asks_yes_or_no(loss, targets, outputs, task) -> None:
    """Zeros and ones under a loss that makes probabilities of the scores are classes; under a distance they are quantities."""
    assert infer_task(loss, targets, outputs) is task


def density(scores: Tensor, _labels: Tensor) -> Tensor:
    """A loss of the density alone."""
    return -scores.mean()


def bound(outputs: tuple[Tensor, Tensor], _labels: Tensor) -> Tensor:
    """A loss of an autoencoder that hands its inputs on."""
    return (outputs[0] - outputs[1]).square().mean()


@pytest.mark.parametrize(
    ("loss", "targets", "outputs", "task"),
    [
        (density, LABELS, torch.zeros(4), Task.CUSTOM),
        (density, torch.zeros(4, dtype=torch.long), torch.zeros(4, 3), Task.CUSTOM),
        (density, torch.zeros(4), torch.zeros(4), Task.CUSTOM),
        (density, LABELS, torch.zeros(4, 3), Task.CLASSIFICATION),
        (bound, LABELS, (torch.zeros(4, 64), torch.ones(4, 64)), Task.CUSTOM),
        (Squared(), LABELS, torch.zeros(4, 3), Task.CLASSIFICATION),
    ],
    ids=["density", "dummy labels", "dummy numbers", "forgotten labels", "autoencoder", "reads them"],
)
def test_targets_that_the_loss_never_reads_are_no_task(loss, targets, outputs, task) -> None:
    """Labels that a loss is handed and never reads tell nothing, unless the outputs are scores of them."""
    assert infer_task(loss, targets, outputs) is task


@pytest.mark.parametrize(
    ("targets", "outputs", "task"),
    [
        (torch.tensor([0, 7, 2, 31]), torch.zeros(4), Task.REGRESSION),
        (torch.tensor([[0], [7], [2], [31]]), torch.zeros(4, 1), Task.REGRESSION),
        (torch.tensor([0, 1, 1, 0]), torch.zeros(4), Task.CLASSIFICATION),
        (torch.tensor([0, 7, 2, 31]), torch.zeros(4, 32), Task.CLASSIFICATION),
        (torch.tensor([0, 7, 2, 31]), None, Task.CLASSIFICATION),
        (torch.tensor([0, 7, 2, 31]), torch.zeros(()), Task.CLASSIFICATION),
    ],
    ids=["counts", "columns of counts", "yes and no", "scores", "outputs unknown", "one number for all"],
)
def test_whole_numbers_that_one_output_answers_are_quantities(targets, outputs, task) -> None:
    """One output a sample cannot be the scores of three classes: under a loss of the user's own, whole numbers are counts."""
    assert infer_task(Squared(), targets, outputs) is task


@pytest.mark.parametrize(
    ("loss", "known"),
    [
        (nn.HuberLoss(), True),
        (functional.huber_loss, True),
        (functools.partial(functional.mse_loss, reduction="sum"), True),
        (Squared(), False),
        (functools.partial(lambda outputs, _targets: outputs.mean()), False),
        (torch.compile(Squared()), False),
        (None, False),
    ],
    ids=["module", "function", "partial", "own", "own partial", "own, compiled", "none"],
)
def test_losses_of_torch_are_told_from_those_of_the_user(loss: object, known: bool) -> None:
    """Modules and functions of torch are known, also through a partial; a compiled loss is still the user's own."""
    assert of_torch(loss) is known
