"""Promises of collated samples: joined ones that keep to themselves are told from those whose indices run into each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from cnndoctor.first_look.collated import collate_mixing
from cnndoctor.first_look.patient import Patient
from tests.small import small

GENERATOR = torch.Generator().manual_seed(0)
GRAPHS = [(torch.randn(3 + n % 3, 4, generator=GENERATOR), torch.tensor([[0, 1], [1, 2]])) for n in range(8)]


class Passing(nn.Module):
    """Adds to each node what its edges bring."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Linear(4, 2)

    def forward(self, graph: tuple[Tensor, Tensor]) -> Tensor:
        nodes, edges = graph
        hidden = self.net(nodes)
        out: Tensor = hidden.index_add(0, edges[1], hidden[edges[0]])
        return out


def joined(samples: list[Any], *, counted: bool) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """Join graphs, with or without counting their nodes on."""
    edges, start = [], 0
    for nodes, links in samples:
        edges.append(links + start)
        start += len(nodes) if counted else 0
    whole = torch.cat([nodes for nodes, _ in samples])
    return (whole, torch.cat(edges, dim=1)), torch.zeros(len(whole), 2)


def padded(samples: list[Any]) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """Fill up to the largest graph."""
    most = max(len(nodes) for nodes, _ in samples)
    nodes = torch.cat([nn.functional.pad(nodes, (0, 0, 0, most - len(nodes))) for nodes, _ in samples])
    return (nodes, GRAPHS[0][1]), torch.zeros(len(nodes), 2)


def drawn(samples: list[Any]) -> tuple[tuple[Tensor, Tensor], Tensor]:
    """Shake the nodes."""
    (nodes, edges), targets = joined(samples, counted=True)
    return (nodes + torch.randn_like(nodes), edges), targets


def raising(samples: list[Any]) -> Any:
    """Insist on a whole batch."""
    if len(samples) < 2:
        raise ValueError("two samples at least")
    return joined(samples, counted=True)


def mixing_of(collate: Callable[..., Any] | None) -> float:
    """Return what is measured with a collate function."""
    session = small().fresh()
    session.model, session.loss = Passing(), nn.MSELoss()
    data: Any = GRAPHS if collate is not None else [(torch.randn(4), 0)] * 8
    session.train_loader = DataLoader(data, batch_size=4, collate_fn=collate)
    batch = joined(GRAPHS[:4], counted=True)
    return collate_mixing(Patient(session=session, batch=batch))


def test_edges_that_are_not_counted_on_mix_samples() -> None:
    """Edges that all fall on the first nodes change outputs; counted on they change none."""
    assert mixing_of(lambda samples: joined(samples, counted=False)) > 0.1
    assert mixing_of(lambda samples: joined(samples, counted=True)) == 0


@pytest.mark.parametrize(
    "collate", [padded, drawn, raising, None], ids=["padding", "at random", "raises", "torch's"]
)
def test_nothing_is_told_where_samples_differ_by_right(collate: Callable[..., Any] | None) -> None:
    """Padding, randomness, batches of one that are refused and torch's own collate function tell nothing."""
    assert math.isnan(mixing_of(collate))
