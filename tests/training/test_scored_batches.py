"""Batches that are scored together score as batches one by one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnndoctor.patient.scoring import Tally
from cnndoctor.patient.task import Task
from cnndoctor.training.scored_batches import ScoredBatches


@pytest.mark.parametrize("task", [Task.CLASSIFICATION, Task.REGRESSION, Task.MULTILABEL, Task.SEGMENTATION])
def test_together_as_one_by_one(task: Task) -> None:
    """Score, chance and samples are those of a tally that was handed every batch when it came."""
    torch.manual_seed(0)
    loss = nn.BCEWithLogitsLoss() if task is Task.MULTILABEL else None
    alone, together = Tally(task=task, loss=loss), ScoredBatches(Tally(task=task, loss=loss))
    for size in (8, 8, 3):
        if task is Task.SEGMENTATION:
            outputs, targets = torch.randn(size, 3, 4, 4), torch.randint(3, (size, 4, 4))
        else:
            outputs = torch.randn(size, 5)
            labels = torch.randint(5, (size,))
            targets = labels if task is Task.CLASSIFICATION else nn.functional.one_hot(labels, 5).float()
        alone.add(outputs, targets)
        together.add(outputs, targets)
        outputs.zero_()  # whoever writes the next batch over this one changes nothing
    found = together.tally()
    assert (found.samples, found.score(), found.chance()) == pytest.approx(
        (alone.samples, alone.score(), alone.chance())
    )
