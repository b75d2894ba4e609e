"""The loss to expect before training."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnndoctor.patient.task import Task
from cnndoctor.probes.chance import expected_loss

LABELS = torch.tensor([0, 0, 0, 1])


def test_cross_entropy() -> None:
    """It is the entropy of the label frequencies, of the whole split where they were counted."""
    of_batch = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    classification = Task.CLASSIFICATION
    assert expected_loss(nn.CrossEntropyLoss(), classification, LABELS, 2) == pytest.approx(of_batch)
    assert expected_loss(F.cross_entropy, classification, LABELS, 2) == pytest.approx(of_batch)
    counted = {"0": 50, "1": 50}
    assert expected_loss(nn.CrossEntropyLoss(), classification, LABELS, 2, counted) == pytest.approx(
        math.log(2)
    )
    ignoring = nn.CrossEntropyLoss(ignore_index=1)
    assert expected_loss(ignoring, classification, LABELS, 2, counted) == pytest.approx(0)


def test_label_smoothing_is_the_best_constant() -> None:
    """With label smoothing it is what the best constant prediction reaches."""
    loss = nn.CrossEntropyLoss(label_smoothing=0.2)
    best = torch.tensor([0.8 * 0.75 + 0.1, 0.8 * 0.25 + 0.1]).log().expand(4, 2)
    assert expected_loss(loss, Task.CLASSIFICATION, LABELS, 2) == pytest.approx(
        float(loss(best, LABELS)), rel=1e-5
    )


def test_other_losses() -> None:
    """Binary entropies expect ln 2, distances the targets' spread; sums, weights and unknown losses are not guessed."""
    targets = torch.tensor([1.0, 2.0, 6.0])
    assert expected_loss(nn.BCEWithLogitsLoss(), Task.MULTILABEL, torch.ones(3, 2), 2) == pytest.approx(
        math.log(2)
    )
    assert expected_loss(nn.MSELoss(), Task.REGRESSION, targets, 0) == pytest.approx(
        float(targets.var(unbiased=False))
    )
    assert expected_loss(nn.L1Loss(), Task.REGRESSION, targets, 0) == pytest.approx(5 / 3)
    assert math.isnan(expected_loss(nn.CrossEntropyLoss(reduction="sum"), Task.CLASSIFICATION, LABELS, 2))
    assert math.isnan(expected_loss(nn.CrossEntropyLoss(torch.ones(2)), Task.CLASSIFICATION, LABELS, 2))
    assert math.isnan(expected_loss(nn.HuberLoss(), Task.REGRESSION, targets, 0))
