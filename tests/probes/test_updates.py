"""The update probe against slow and obvious versions of itself."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from cnndoctor.probes.updates import _overall, share_below_precision, wanted_updates, weight_decay_pull


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("size", [1e-12, 1e-7, 1e-4, 1e-2])
def test_share_below_precision(dtype, size) -> None:
    """An update under half an ulp is one that, added and rounded to the weight's precision, leaves it as it was."""
    generator = torch.Generator().manual_seed(1)
    weight = torch.randn(2000, generator=generator).to(dtype)
    update = torch.randn(2000, generator=generator, dtype=torch.float64) * size
    kept = ((weight.double() + update).to(dtype) == weight).double().mean()
    # An update towards zero at a power of two meets a finer grid; that is rare.
    assert share_below_precision(weight, update) == pytest.approx(float(kept), abs=0.02)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}),
        (torch.optim.Adam, {"lr": 0.01}),
        (torch.optim.AdamW, {"lr": 0.01, "weight_decay": 0.1}),
        (torch.optim.RMSprop, {"lr": 0.01}),
    ],
)
def test_wanted_updates(kind, settings) -> None:
    """The wanted update is the one that the optimizer then makes, and asking leaves the optimizer as it was."""
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    optimizer = kind(model.parameters(), **settings)
    torch.optim.lr_scheduler.StepLR(
        optimizer, 1
    )  # wraps step on the instance; the wrapper must not be called
    model(torch.randn(4, 3)).square().sum().backward()
    before = [p.detach().double() for p in model.parameters()]
    wanted = wanted_updates(optimizer)
    assert all(torch.equal(p.detach().double(), b) for p, b in zip(model.parameters(), before, strict=True))
    assert not optimizer.state
    optimizer.step()
    for parameter, value in zip(model.parameters(), before, strict=True):
        assert torch.allclose(wanted[id(parameter)], parameter.detach().double() - value, atol=1e-6)


def test_weight_decay_pull() -> None:
    """The pull is the norm of decay times weights over the norm of the gradient."""
    weight = nn.Parameter(torch.full((4,), 2.0))
    weight.grad = torch.full((4,), 0.5)
    assert weight_decay_pull(torch.optim.SGD([weight], lr=0.1, weight_decay=0.25)) == pytest.approx(1.0)
    assert weight_decay_pull(torch.optim.SGD([weight], lr=0.1)) == 0
    assert weight_decay_pull(torch.optim.AdamW([weight], lr=0.1, weight_decay=0.25)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("states", "overall"),
    [
        (["nonfinite", "ok"], "nonfinite"),
        (["ok", "nonfinite", "nonfinite"], "ok"),
        (["zero", "ok"], "ok"),
        (["none"], "none"),
    ],
)
def test_a_gradient_is_broken_when_the_first_one_is(states: list[str], overall: str) -> None:
    """What is no longer finite after an update is the update's doing."""
    assert _overall(states) == overall
