"""Promises about parameters that got no gradient."""

from __future__ import annotations

import pytest
from torch import nn

from cnndoctor.probes.graph import Unreached, unreached


def asked(model: nn.Sequential) -> tuple[Unreached, int]:
    """Return what is said of three layers, of which the loss knows the first two, and how often it was worked out."""
    made: list[int] = []

    def loss() -> float:
        made.append(1)
        return float(sum(p.detach().sum() for i in range(2) for p in model[i].parameters()))

    return unreached(model, {name for name, _ in model.named_parameters()}, loss), len(made)


def test_layers_are_asked_one_by_one() -> None:
    """What the loss depends on is cut off, the rest is unused, and every parameter stays as it was."""
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(3)))
    before = [p.detach().clone() for p in model.parameters()]
    found, losses = asked(model)
    assert found == Unreached(
        unused=("2.weight", "2.bias"), cut_off=("0.weight", "0.bias", "1.weight", "1.bias")
    )
    assert losses == 4
    assert all(p.equal(value) for p, value in zip(model.parameters(), before, strict=True))


def test_where_it_takes_too_long_the_rest_is_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large body is not run once for each of its layers."""
    monkeypatch.setattr("cnndoctor.probes.graph.MOST_SECONDS", 0.0)
    found, losses = asked(nn.Sequential(*(nn.Linear(2, 2) for _ in range(3))))
    assert (len(found.cut_off), found.unused, losses) == (6, (), 2)
