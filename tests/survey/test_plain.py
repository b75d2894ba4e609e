"""Promises of reading without transform: copies that augmentation hides."""

from __future__ import annotations

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from cnndoctor.patient.batches import Members
from cnndoctor.survey.plain import plain_reads
from cnndoctor.survey.prints import label_print
from cnndoctor.survey.sample import sample_of
from cnndoctor.survey.source import source_of


class Pictures(Dataset[tuple[torch.Tensor, int]]):
    """Pictures of noise; the second half repeats the first, under another class for every second one."""

    def __init__(self, *, seed=0, transform=None, noise=0.0):
        self.pictures = torch.rand(10, 3, 8, 8, generator=torch.Generator().manual_seed(seed)).repeat(
            2, 1, 1, 1
        )
        self.labels = [index % 5 for index in range(10)] + [(index + index % 2) % 5 for index in range(10)]
        self.transform, self.noise = transform, noise

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        picture = self.pictures[index] + self.noise * torch.rand(3, 8, 8)
        return (picture if self.transform is None else self.transform(picture)), self.labels[index]


def _source(name, data):
    return source_of(name, DataLoader(data, batch_size=4), data, Members())


def _shaken(picture):
    return picture + torch.rand(3, 8, 8)


@pytest.mark.parametrize("augmented", [{"transform": _shaken}, {"noise": 1.0}], ids=["transform", "setting"])
def test_copies_and_contradictions_are_found_under_augmentation(augmented) -> None:
    """Ten pictures stand there twice, five of them with two labels, and no two reads of any are alike."""
    train = _source("train", Pictures(**augmented))
    held_out = _source("validation", Pictures(seed=1))
    found = plain_reads(train, held_out, None, 60.0).duplicates()
    assert (found.groups, found.extra) == (10, 10)
    assert (found.conflicting_groups, found.conflicting_samples) == (5, 10)
    assert found.conflicting_examples[0] == (1, 11)


@pytest.mark.parametrize("augmented", [{"transform": _shaken}, {"noise": 1.0}], ids=["transform", "setting"])
def test_a_leak_is_found_under_augmentation(augmented) -> None:
    """Validation holds the very pictures that training sees shaken."""
    train = _source("train", Pictures(**augmented))
    held_out = _source("validation", Pictures(seed=1))
    plain = plain_reads(train, held_out, None, 60.0)
    assert plain.shared_with(held_out, None, 60.0)[0] == 0
    leaked = Pictures()
    leaked.pictures = leaked.pictures.flip(0)
    assert plain.shared_with(_source("validation", leaked), None, 60.0)[0] == 10


def test_a_data_set_that_needs_its_transform_tells_nothing() -> None:
    """Where nothing can be read without transform, nothing is claimed."""

    class Demanding(Pictures):
        def __getitem__(self, index):
            return self.transform(self.pictures[index]), self.labels[index]

    assert plain_reads(_source("train", Demanding(transform=_shaken)), None, None, 60.0).samples == []


def test_the_class_beside_a_box_is_the_label() -> None:
    """Of a class and a box the class tells labels apart; of a box and a class the box's first number does not."""
    first = sample_of(0, (torch.rand(3), {"label": 2, "box": torch.rand(4)}), Members())
    again = sample_of(1, (torch.rand(3), {"label": 2, "box": torch.rand(4)}), Members())
    assert label_print(first.targets) == label_print(again.targets) == 2
    boxed = sample_of(2, (torch.rand(3), {"box": torch.rand(4), "label": 2}), Members())
    assert label_print(boxed.targets) is None
