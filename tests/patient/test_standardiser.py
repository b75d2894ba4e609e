"""Promises of standardised inputs where a batch holds several tensors."""

from __future__ import annotations

import pytest
import torch

from cnndoctor.patient.standardiser import Sums, standardiser
from tests.small import small


def test_each_tensor_is_scaled_by_its_own_statistics() -> None:
    """A picture, raw numbers of the same width, keys and a mask: the first two come to mean 0 and deviation 1."""
    session = small().fresh()
    generator = torch.Generator().manual_seed(0)
    picture, raw = torch.rand(2, 64, 3, generator=generator)
    raw = 1000 + 50 * raw
    keys, mask = torch.arange(64), (raw > 1025).float()
    batch = {"picture": picture, "keys": keys, "raw": raw, "mask": mask}
    session.train_loader = [batch]
    scaled = standardiser(session, lambda member: member)(batch)
    for name in ("picture", "raw"):
        assert scaled[name].mean(0).abs().max() < 1e-4
        assert (scaled[name].std(0, correction=0) - 1).abs().max() < 1e-3
    assert scaled["keys"] is keys
    assert scaled["mask"] is mask


def test_infinities_beside_other_tensors_hide_places_and_are_left() -> None:
    """What is added to scores of attention stays minus infinity where it was."""
    seen = Sums()
    hidden = torch.tensor([[0.5, -torch.inf], [0.25, 0.0]])
    seen.add(hidden)
    assert seen.scaler(alone=False)(hidden) is hidden


@pytest.mark.parametrize("turned", [False, True])
def test_sequences_are_scaled_along_the_axis_of_their_features(*, turned: bool) -> None:
    """Readings of five instruments, [N, L, F] or [N, F, L]: each instrument comes to deviation 1, not each hour."""
    generator = torch.Generator().manual_seed(0)
    readings = torch.tensor([74.0, 1.5, 0.02, 1480.0, 0.4]) + torch.tensor(
        [6.0, 0.05, 0.004, 55.0, 0.03]
    ) * torch.randn(64, 24, 5, generator=generator)
    axes = (0, 2) if turned else (0, 1)
    batch = readings.transpose(1, 2) if turned else readings
    session = small().fresh()
    session.train_loader = [batch]
    scaled = standardiser(session, lambda member: member)(batch)
    assert (scaled.std(axes, correction=0) - 1).abs().max() < 1e-3


def test_sequences_of_other_lengths_are_scaled_all_the_same() -> None:
    """Where each batch has its own length, only the last axis can hold the features."""
    generator = torch.Generator().manual_seed(0)
    batches = [100 + 9 * torch.randn(16, length, 3, generator=generator) for length in (7, 12)]
    session = small().fresh()
    session.train_loader = batches
    scale = standardiser(session, lambda member: member)
    assert all(abs(float(scale(batch).mean())) < 0.3 for batch in batches)


def test_sequences_of_one_kind_of_numbers_are_scaled_along_the_second_axis() -> None:
    """Where no axis is more alike within, channels are where a convolution has them."""
    batch = torch.randn(64, 4, 6, generator=torch.Generator().manual_seed(0)) * 3
    session = small().fresh()
    session.train_loader = [batch]
    scaled = standardiser(session, lambda member: member)(batch)
    assert scaled.mean((0, 2)).abs().max() < 1e-5


def test_what_never_changes_is_shifted_to_zero() -> None:
    """Features of one value have no deviation to tell axes by: they are shifted as others are."""
    session = small().fresh()
    batch = torch.full((8, 3), 7.0)
    session.train_loader = [batch]
    assert torch.equal(standardiser(session, lambda member: member)(batch), torch.zeros(8, 3))
