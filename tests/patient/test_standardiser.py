"""Promises of standardised inputs where a batch holds several tensors."""

from __future__ import annotations

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
