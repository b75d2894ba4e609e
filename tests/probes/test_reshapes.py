"""Which reshapes scramble: shapes as people write them, wrong and right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from cnndoctor.probes.reshapes import (
    _mixes,
    _scrambles,
    crossed_weights,
    norms_over_wrong_axis,
    single_softmaxes,
)
from cnndoctor.probes.trace import traced


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((8, 16, 4, 4), (8, 256)),  # flatten
        ((8, 256), (8, 16, 4, 4)),  # unflatten
        ((8, 16, 6, 4), (8, 16, 24)),  # space to positions
        ((8, 12, 64), (8, 12, 4, 16)),  # heads, the right way
        ((8, 12, 4, 16), (8, 12, 64)),  # and back
        ((8, 12, 64), (96, 64)),  # frames of all samples
        ((8, 16, 4, 4), (8, 2, 8, 4, 4)),  # groups of channels
        ((8, 3, 16, 16), (8, 3, 4, 4, 4, 4)),  # patches, before their permute
        ((8, 12, 64), (8, 6, 128)),  # stacked frames
        ((8, 1, 28, 28), (8, 28, 28)),  # the channel dropped
        ((8, 28, 28), (8, 28, 28, 1)),  # and added
    ],
)
def test_right_reshapes(before, after) -> None:
    """Merging and splitting axes in place is no scramble."""
    assert not _scrambles(before, after, (0,), (0,))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((8, 16, 6, 4), (8, 24, 16)),  # channels last by view
        ((8, 28, 20, 3), (8, 3, 28, 20)),  # channels first by reshape
        ((8, 12, 64), (8, 4, 12, 16)),  # heads without a transpose
        ((8, 32, 5, 20), (8, 20, 160)),  # columns of a text line by view
        ((8, 10, 5), (8, 5, 10)),  # a transpose by view
    ],
)
def test_wrong_reshapes(before, after) -> None:
    """A view that does a permute's work scrambles."""
    assert _scrambles(before, after, (0,), (0,))


def test_mixing_of_samples() -> None:
    """Merging batch and time and splitting them again keeps samples apart; a state's layers in their place does not."""
    assert not _mixes((8, 10, 5), (80, 5), (0,), (0,), 8)
    assert not _mixes((80, 5), (8, 50), (0,), (0,), 8)
    assert not _mixes((10, 8, 5), (80, 5), (1,), (0,), 8)
    assert _mixes((2, 8, 16), (8, 32), (1,), (0,), 8)
    assert _mixes((10, 8, 5), (8, 50), (1,), (0,), 8)


class Scored(nn.Module):
    """Scores the places of [N, T, 8] and weighs them."""

    def __init__(self, outputs: int, weigh: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.score, self.weigh = nn.Linear(8, outputs), weigh

    def forward(self, states: Tensor) -> Tensor:
        return self.weigh(self.score(states))


@pytest.mark.parametrize(
    ("outputs", "weigh", "shape", "told"),
    [
        (1, lambda s: s.softmax(-1), (4, 6, 8), True),
        (1, lambda s: s.squeeze(-1).unsqueeze(-1).softmax(2), (4, 6, 8), True),
        (1, lambda s: s.softmax(1), (4, 6, 8), False),
        (1, lambda s: s.squeeze(-1).softmax(-1), (4, 6, 8), False),
        (3, lambda s: s.softmax(-1), (4, 6, 8), False),
        (1, lambda s: s.softmax(-1), (4, 8), False),
        (1, lambda s: s.softmax(-1), (4, 1, 8), False),
        (1, lambda s: s.view(-1, 1).softmax(1).view(4, 6), (4, 6, 8), True),
        (1, lambda s: s.view(4, 6).softmax(1), (4, 6, 8), False),
        (3, lambda s: (s @ s[:, :1].transpose(1, 2)).softmax(-1), (4, 6, 8), False),
    ],
    ids=[
        "alone",
        "rearranged",
        "places",
        "squeezed",
        "heads",
        "one a sample",
        "one place",
        "places in rows",
        "places in columns",
        "one key",
    ],
)
def test_a_softmax_over_the_only_score_of_each_place(outputs, weigh, shape, told) -> None:
    """Told is only what leaves every one of several places with the weight 1."""
    model = Scored(outputs, weigh)
    with traced(model) as trace:
        model(torch.randn(shape))
    assert bool(single_softmaxes(trace.operations, 4)) is told


class Attending(nn.Module):
    """Attends over the places of [N, T, 8] in one way or another."""

    def __init__(self, attend: Callable[[Tensor, Tensor], Tensor], clusters: int = 0) -> None:
        super().__init__()
        self.key, self.attend = nn.Linear(8, clusters or 8), attend
        self.drop = nn.Dropout(0.1)

    def forward(self, states: Tensor) -> Tensor:
        key = self.key(states)
        scores = key if key.shape[-1] != 8 else states @ key.transpose(1, 2)
        return self.attend(scores, states)


@pytest.mark.parametrize(
    ("attend", "clusters", "told"),
    [
        (lambda s, v: s.softmax(1) @ v, 0, True),
        (lambda s, v: torch.bmm(nn.functional.dropout(s.softmax(-2), 0.1), v), 0, True),
        (lambda s, v: v.transpose(1, 2) @ s.softmax(-1), 0, True),
        (lambda s, v: s.softmax(-1) @ v, 0, False),
        (lambda s, v: v.transpose(1, 2) @ s.softmax(1), 0, False),
        (lambda s, v: s.softmax(1).transpose(1, 2) @ v, 0, False),
        (lambda s, v: (s.softmax(1) * s.softmax(2)) @ v, 0, False),
        (lambda s, v: s.softmax(-1).transpose(1, 2) @ v, 5, False),
    ],
    ids=["rows", "dropout", "from the right", "right", "right, transposed", "swapped", "both", "clusters"],
)
def test_weights_that_are_summed_over_another_axis(attend, clusters, told) -> None:
    """Told is a product that sums square weights where they do not sum to one, and nothing that may be meant."""
    model = Attending(attend, clusters)
    with traced(model) as trace:
        model(torch.randn(4, 6, 8))
    assert bool(crossed_weights(trace.operations)) is told


class NormedInputs(nn.Module):
    """Normalises its inputs [N, 7, 5], over 7 or 5 features, and hands them to a layer."""

    def __init__(self, features: int, layer: nn.Module) -> None:
        super().__init__()
        self.norm, self.layer, self.turned = nn.BatchNorm1d(features), layer, features == 5

    def forward(self, inputs: Tensor) -> Tensor:
        normed = self.norm(inputs.mT).mT if self.turned else self.norm(inputs)
        outputs: Tensor | tuple[Tensor, object] = self.layer(normed)
        return outputs[0] if isinstance(outputs, tuple) else outputs


@pytest.mark.parametrize(
    ("features", "layer", "named"),
    [
        (7, nn.LSTM(5, 4, batch_first=True), True),  # each hour over all instruments
        (7, nn.Linear(5, 4), True),
        (5, nn.LSTM(5, 4, batch_first=True), False),
        (7, nn.Conv1d(7, 4, 3), False),
    ],
)
def test_norms_of_the_inputs(features: int, layer: nn.Module, *, named: bool) -> None:
    """Where the features of the inputs are follows from the layer that reads them next."""
    model, inputs = NormedInputs(features, layer), torch.randn(4, 7, 5)
    with traced(model) as trace:
        model(inputs)
    assert norms_over_wrong_axis(trace.operations) == (("norm",) if named else ())
