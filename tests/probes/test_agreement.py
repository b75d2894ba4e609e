"""Agreement of gradients: 1 where all batches say the same, about 0 where they share nothing, weights untouched."""

import math
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from cnndoctor.patient.session import Session
from cnndoctor.probes.agreement import gradient_agreement


class _Line(SimpleNamespace):
    """The parts of a session that the probe needs: a loss linear in the weights, so that a batch is its own gradient."""

    def prepare(self, batch: torch.Tensor) -> torch.Tensor:
        return batch

    def compute(self, batch: torch.Tensor) -> Any:
        return SimpleNamespace(loss=(self.model.weight * batch.mean(0)).sum())


def _session(accumulate: int = 1) -> Session:
    model = torch.nn.Linear(50, 1, bias=False)
    return cast("Session", _Line(model=model, precision="fp32", accumulate=accumulate))


def _batches(count: int, signal: float, noise: float, size: int = 4) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [signal + noise * torch.randn(size, 50, generator=generator) for _ in range(count)]


def test_equal_batches_agree() -> None:
    """Batches without noise have one gradient."""
    found = gradient_agreement(_session(), _batches(8, 1.0, 0.0))
    assert found.share == pytest.approx(1.0, abs=1e-5)
    assert (found.samples, found.windows) == (4, 8)


def test_noise_shares_nothing() -> None:
    """Pure noise comes out near zero."""
    assert abs(gradient_agreement(_session(), _batches(32, 0.0, 1.0)).share) < 0.05


def test_matches_the_definition() -> None:
    """Signal 1 and noise 4 per sample, 4 samples: 1 / (1 + 16/4), also when two batches of two make one update."""
    expected = 1 / (1 + 16 / 4)
    assert gradient_agreement(_session(), _batches(32, 1.0, 4.0)).share == pytest.approx(expected, abs=0.05)
    halves = gradient_agreement(_session(accumulate=2), _batches(64, 1.0, 4.0, size=2))
    assert halves.share == pytest.approx(expected, abs=0.05)
    assert halves.samples == 4


def test_too_few_batches_say_nothing() -> None:
    """Three gradients are no measurement."""
    assert math.isnan(gradient_agreement(_session(), _batches(3, 1.0, 0.0)).share)
