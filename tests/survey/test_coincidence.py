"""Promises of coincidence: measurements hardly ever agree, coarse features often do, and copies do not count."""

from __future__ import annotations

import math

import pytest
import torch

from cnndoctor.survey.coincidence import equal_by_chance, levels_of


def test_measurements_hardly_ever_agree() -> None:
    """Of 500 records with two real numbers no two agree but by the chance of one in 500 for each number."""
    rows = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    rows[:, 2] = 1.0
    assert equal_by_chance(list(rows)) == pytest.approx(1 / 500**2)


def test_copies_do_not_make_agreement_probable() -> None:
    """A record that stands there a hundred times is one record."""
    rows = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    assert equal_by_chance([*rows, *[rows[0]] * 100]) == pytest.approx(1 / 500**2)


def test_coarse_features_agree_often() -> None:
    """Ten ages and two sexes in equal shares: one in twenty."""
    ages, sexes = torch.meshgrid(torch.arange(10), torch.arange(2), indexing="ij")
    rows = torch.stack([ages.flatten(), sexes.flatten()], 1).repeat(5, 1)
    assert equal_by_chance(list(rows)) == pytest.approx(1 / 20)


@pytest.mark.parametrize(
    "rows",
    [torch.randn(10, 3), torch.randn(100, 1), torch.full((100, 3), math.nan)],
    ids=["few", "one", "NaN"],
)
def test_unknown(rows: torch.Tensor) -> None:
    """Few records, single numbers and broken ones tell nothing."""
    assert math.isnan(equal_by_chance(list(rows)))


def test_levels_do_not_depend_on_scale() -> None:
    """Standardised columns of zeros and ones hold one bit each, a constant none; measurements hold many."""
    rows = (torch.rand(200, 5, generator=torch.Generator().manual_seed(0)) < 0.3).double()
    rows[:, 4] = 1.0
    assert levels_of(list((rows - 0.3) / 0.46)) == (2, 4.0)
    most, bits = levels_of(list(torch.randn(200, 5, generator=torch.Generator().manual_seed(0))))
    assert most == 200
    assert bits == pytest.approx(5 * math.log2(200))
    assert levels_of(list(rows[:10]))[0] == 0
