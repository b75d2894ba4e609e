"""Promises of the streaming statistics, held against the slow and obvious way."""

from __future__ import annotations

import torch

from cnndoctor.survey.accumulator import Accumulator
from cnndoctor.survey.sample import side_of


def test_statistics_equal_those_of_everything_at_once() -> None:
    """Mean and spread per channel are those of the stacked samples, in float64."""
    images = (
        torch.randn(700, 3, 5, 6, generator=torch.Generator().manual_seed(0))
        * torch.tensor([1.0, 10.0, 0.1])[:, None, None]
    )
    seen = Accumulator()
    for index, image in enumerate(images + 1000):
        seen.add(index, side_of(image))
    facts = seen.facts()
    wide = (images + 1000).double()
    torch.testing.assert_close(
        torch.tensor(facts.channel_means), wide.mean((0, 2, 3)).float(), rtol=1e-6, atol=0
    )
    torch.testing.assert_close(
        torch.tensor(facts.channel_stds), wide.std((0, 2, 3), unbiased=False).float(), rtol=1e-4, atol=0
    )
    assert abs(facts.std - float(wide.std(unbiased=False))) < 1e-3
    assert facts.count == 700 * 90


def test_odd_samples_are_named() -> None:
    """Blank samples, NaN and constant channels are found; NaN stays out of the mean."""
    seen = Accumulator()
    for index in range(10):
        image = torch.rand(2, 6, 6, generator=torch.Generator().manual_seed(index))
        image[1] = 0.5
        if index == 3:
            image[0] = 0.5
        if index == 6:
            image[0, 0, 0] = torch.nan
        seen.add(index, side_of(image))
    facts = seen.facts()
    assert facts.constant_samples == (3,)
    assert facts.nonfinite_samples == (6,)
    assert facts.constant_channels == (1,)
    assert 0 < facts.mean < 1


def test_huge_values_are_not_taken_for_infinite_ones() -> None:
    """Finite values whose squares overflow in their own type are finite, and their moments are numbers."""
    for dtype, huge in ((torch.float32, 3e38), (torch.float16, 6e4), (torch.float64, 1e150)):
        seen = Accumulator()
        for index in range(4):
            seen.add(index, side_of(torch.tensor([huge, -huge, 0.0, float(index)], dtype=dtype)))
        facts = seen.facts()
        assert facts.nonfinite_count == 0
        assert facts.std > 0.5 * huge
        assert facts.std < huge


def test_ragged_samples_are_counted_by_shape() -> None:
    """Samples of different shapes keep their own counts and share the range."""
    seen = Accumulator()
    for index, length in enumerate((3, 5, 3)):
        seen.add(index, side_of(torch.arange(length).float()))
    facts = seen.facts()
    assert facts.shapes == {"3": 2, "5": 1}
    assert (facts.minimum, facts.maximum, facts.count) == (0.0, 4.0, 11)
