"""Parts that torch cannot see are found in plain containers, and only there."""

from __future__ import annotations

import torch
from torch import nn

from cnndoctor.patient.loose_parts import loose_parts


def test_parts_of_plain_containers_are_found() -> None:
    """Lists and mappings, nested ones too, with their place; what is registered besides is left out."""
    first, inner = nn.Linear(2, 2), nn.Linear(2, 2)
    model = nn.Sequential(first, inner)
    inner.blocks = [nn.Linear(2, 3), {"scale": nn.Parameter(torch.ones(1))}]  # type: ignore[assignment]
    inner.again = [first]  # type: ignore[assignment]
    found = list(loose_parts(model))
    assert [(part.owner, part.where) for part in found] == [("1", "blocks[0]"), ("1", "blocks[1]['scale']")]
    assert [len(part.parameters) for part in found] == [2, 1]
