"""Promises about reading again: copied generators are found, fresh ones are not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from cnndoctor.patient.batches import Members
from cnndoctor.survey.rereads import repeated_reads
from cnndoctor.survey.source import source_of


class Augmented(Dataset[tuple[torch.Tensor, int]]):
    def __init__(self, own_generator: bool) -> None:
        self.rng = np.random.default_rng(0) if own_generator else None

    def __len__(self) -> int:
        return 16

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        noise = torch.tensor(self.rng.normal(size=4)) if self.rng is not None else torch.randn(4)
        return torch.arange(4) + index + noise, index % 2


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # a machine with one processor
@pytest.mark.parametrize(
    ("own_generator", "workers", "expected"), [(True, 2, True), (False, 2, False), (True, 0, False)]
)
def test_a_generator_of_its_own_repeats_in_workers(own_generator: bool, workers: int, expected: bool) -> None:
    """A generator kept in the data set repeats in every worker; torch's does not, and without workers nothing does."""
    data = Augmented(own_generator)
    loader = DataLoader(data, batch_size=4, num_workers=workers, shuffle=True)
    assert repeated_reads(source_of("train", loader, data, Members()), 1.0) is expected
