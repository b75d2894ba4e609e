"""Promises about reading that changes what is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch.utils.data import DataLoader, Dataset

from cnndoctor.patient.batches import Members
from cnndoctor.survey.rewriting import rewritten
from cnndoctor.survey.source import source_of


def _divided(stored: torch.Tensor) -> torch.Tensor:
    stored /= 255
    return stored


def _standardised(stored: torch.Tensor) -> torch.Tensor:
    stored -= 0.5
    stored /= 0.25
    return stored


def _divided_copy(stored: torch.Tensor) -> torch.Tensor:
    return stored / 255


def _brightened(stored: torch.Tensor) -> torch.Tensor:
    return stored * (0.8 + 0.4 * torch.rand(()))


def _noisy(stored: torch.Tensor) -> torch.Tensor:
    return stored + 0.1 * torch.randn(stored.shape)


class Pictures(Dataset[tuple[torch.Tensor, int]]):
    def __init__(self, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.pictures = torch.rand(16, 1, 6, 6, generator=torch.Generator().manual_seed(0))
        self.change = change

    def __len__(self) -> int:
        return 16

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        return self.change(self.pictures[index]), index % 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_divided, (1 / 255, 0.0)),
        (_standardised, (4.0, -2.0)),
        (_divided_copy, ()),
        (_brightened, ()),
        (_noisy, ()),
    ],
)
def test_one_factor_for_every_sample(
    change: Callable[[torch.Tensor], torch.Tensor], expected: tuple[float, ...]
) -> None:
    """Scaling in place puts the same factor and shift on each reading; copies stay, and augmentation draws for each sample."""
    data = Pictures(change)
    source = source_of("train", DataLoader(data, batch_size=4), data, Members())
    assert rewritten(source, range(16)) == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_two_numbers_lie_on_some_line() -> None:
    """Of two samples with one noisy number each nothing is said: any two pairs have a factor and a shift."""
    data = Pictures(_noisy)
    data.pictures = data.pictures[:, 0, 0, :1]
    source = source_of("train", DataLoader(data, batch_size=4), data, Members())
    assert rewritten(source, range(2)) == ()
