"""Promises about targets as labels."""

from __future__ import annotations

import torch

from cnndoctor.evidence.data import LabelFacts
from cnndoctor.patient.batches import Members
from cnndoctor.patient.task import Task
from cnndoctor.survey.labels import LabelTally
from cnndoctor.survey.sample import sample_of


def facts(targets: list[object], task: Task = Task.CLASSIFICATION, **settings: int) -> LabelFacts:
    """Tally targets and tell."""
    tally = LabelTally(task=task, **settings)  # type: ignore[arg-type]
    for index, target in enumerate(targets):
        tally.add(sample_of(index, (torch.zeros(2), target), Members()))
    return tally.facts()


def test_index_labels() -> None:
    """Labels outside the classes are named, the ignored one apart."""
    found = facts([0, 1, 2, 3, -1, -100], classes=3, ignore_index=-100)
    assert found.histogram == {"-100": 1, "-1": 1, "0": 1, "1": 1, "2": 1, "3": 1}
    assert found.out_of_range == (3, 4)


def test_one_hot_and_soft_labels() -> None:
    """Vectors that sum to 1 are probabilities, and one-hot where a single entry is 1."""
    found = facts([torch.tensor([0, 1, 0]), torch.tensor([0.2, 0.5, 0.3])], classes=3)
    assert (found.one_hot, found.rows_sum_to_one) == (0.5, 1.0)
    assert found.histogram == {"1": 2}


def test_masks_count_pixels() -> None:
    """A mask's histogram counts pixels; a void label is out of range."""
    found = facts([torch.tensor([[0, 1], [1, 255]])], Task.SEGMENTATION, classes=2)
    assert found.histogram == {"0": 1, "1": 2, "255": 1}
    assert found.out_of_range == (0,)


def test_columns_of_values() -> None:
    """Regression columns have their mean and spread; multilabel columns their positives."""
    found = facts([torch.tensor([1.0, 10.0]), torch.tensor([3.0, 10.0])], Task.REGRESSION)
    assert found.column_means == (2.0, 10.0)
    assert found.column_stds == (1.0, 0.0)
    found = facts([torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0])], Task.MULTILABEL)
    assert found.histogram == {"0": 2, "1": 1}


def test_sequences_too_long_for_their_input() -> None:
    """A CTC target needs room for itself and a blank between equal neighbours."""
    found = facts([torch.tensor([1, 1, 2]), torch.tensor([1, 2, 1])], Task.CTC, classes=3, output_length=3)
    assert found.target_lengths_exceed_inputs == (0,)
