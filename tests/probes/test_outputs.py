"""What an output can be, whatever its weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnndoctor.probes.outputs import WIDER, hard_limits, widened

INF = math.inf


def _outputs(tail: Callable[[Tensor], Tensor], samples: int) -> tuple[float, float]:
    """Return the limits of a linear layer with something behind it."""
    torch.manual_seed(0)
    head = nn.Linear(8, 1)
    inputs = torch.randn(samples, 8)
    wide = []
    for factor in WIDER:
        with widened(head, "", factor):
            wide.append(tail(head(inputs)).detach())
    return hard_limits([tail(head(10 * inputs)).detach(), tail(head(inputs)).detach(), *wide], wide)


@pytest.mark.parametrize("samples", [8, 64])
@pytest.mark.parametrize(
    ("tail", "limits"),
    [
        pytest.param(lambda x: x, (-INF, INF), id="linear"),
        pytest.param(lambda x: F.relu(x) * 2 + 1, (1.0, INF), id="rectifier, scaled and moved"),
        pytest.param(lambda x: x.clamp(-3, 3), (-3.0, 3.0), id="clamp"),
        pytest.param(lambda x: 5 * torch.sigmoid(x), (0.0, 5.0), id="sigmoid times five"),
        pytest.param(F.leaky_relu, (-INF, INF), id="leaky rectifier"),
        pytest.param(lambda x: x - x.mean(), (-INF, INF), id="centred"),
        pytest.param(lambda x: (x - x.mean()) / x.std(), (-INF, INF), id="normalised over the batch"),
        pytest.param(torch.zeros_like, (-INF, INF), id="constant"),
    ],
)
def test_limits_are_seen_whatever_makes_them(
    tail: Callable[[Tensor], Tensor], limits: tuple[float, float], samples: int
) -> None:
    """A limit shows as one value that many outputs stop at, however large the weights; normalisation has none."""
    assert _outputs(tail, samples) == pytest.approx(limits, abs=1e-3)
