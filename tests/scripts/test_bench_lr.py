"""The bench of learning rates: what regret is, what the rules of others say, and where the tables are written."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from typing import Any

import pytest

from cnndoctor.rates import band

ROOT = Path(__file__).resolve().parents[2]


def _bench() -> Any:
    specification = importlib.util.spec_from_file_location(
        "bench_lr_of_the_tests", ROOT / "scripts" / "bench_lr.py"
    )
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


BENCH = _bench()
TRUTH = BENCH.Truth(lrs=(0.01, 0.1, 1.0), losses=(1.0, 0.5, 2.0), initial=2.0)


def test_regret_is_nothing_at_the_best_loss_and_one_where_nothing_is_learnt() -> None:
    """What does better than every rate of the grid has a regret below 0."""
    assert TRUTH.regret(0.5) == pytest.approx(0.0)
    assert TRUTH.regret(2.0) == pytest.approx(1.0)
    assert TRUTH.regret(0.35) == pytest.approx(-0.1)
    assert TRUTH.best == 0.1


def test_suggestions_are_trained_with() -> None:
    """Each suggestion is held against the grid by its own final loss; a refusal is trained with nowhere."""
    made: list[float] = []

    def loss_at(lr: float) -> float:
        made.append(lr)
        return 0.8

    score = BENCH.scored(TRUTH, [0.01, math.nan, 1.0], loss_at)
    assert made == [0.01, 1.0]
    assert score.regrets == pytest.approx((0.2, 0.2))
    assert score.decades == pytest.approx((-1.0, 1.0))
    assert score.refused == 1


def test_what_breaks_counts_as_having_learnt_nothing() -> None:
    """Steps that were never made, and losses above the first one, count as the first one."""
    assert BENCH.final([2.0] * 10, 80, 2.0) == 2.0
    assert BENCH.final([2.0] * 70 + [1.0] * 5 + [9.0] * 5, 80, 2.0) == pytest.approx(1.5)


def test_the_grid_stops_where_two_rates_in_a_row_learn_nothing() -> None:
    """What lies beyond them is not trained; the values stand in the order of the grid."""
    made = []

    def run(lr: float) -> tuple[float, float]:
        made.append(lr)
        return 2.0, 0.5 if lr == 4.0 else 2.0

    initial, losses = BENCH._grid([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], run)
    assert (initial, losses) == (2.0, [2.0, 2.0, 2.0, 0.5, 2.0, 2.0, 2.0])
    assert made == [4.0, 5.0, 6.0, 3.0, 2.0]


def test_rules_of_others_find_the_fall() -> None:
    """On a clean curve each of them points into the fall or before the minimum."""
    lrs = band.spaced(1e-6, 10.0, 200)
    losses = [2.0 - max(0.0, min(1.0, (i - 100) / 50)) + max(0.0, (i - 170) / 10) for i in range(200)]
    for rule in BENCH.RIVALS.values():
        assert lrs[90] < rule(lrs, losses, 200) < lrs[175]


def test_a_curve_with_nan_is_cut_there() -> None:
    """Fastai's rules look at nothing from the first NaN on."""
    lrs = band.spaced(1e-6, 10.0, 200)
    losses = [2.0 - 0.005 * i for i in range(150)] + [math.nan] * 50
    assert BENCH.tenth_of_minimum(lrs, losses, 200) == pytest.approx(lrs[149] / 10)


def test_only_what_stands_between_the_markers_is_replaced() -> None:
    """The rest of the page is other people's; a page without markers gets them at its end."""
    page = BENCH.inserted("# Stages\n\nours", "new")
    assert page.startswith("# Stages\n\nours")
    again = BENCH.inserted(page + "\ntheirs\n", "newer")
    assert "newer" in again
    assert "new\n" not in again
    assert again.endswith("theirs\n")


@pytest.mark.parametrize("mode", ["constant", "peak"])
def test_every_problem_opens(tmp_path: Path, mode: str) -> None:
    """Each problem is an experiment that makes a step."""
    for problem in (*BENCH.PROBLEMS, *BENCH.HOPELESS):
        experiment = BENCH.opened(problem, mode, 0, tmp_path)
        assert len(BENCH.trained(experiment, 1e-3, 2, 0)) == 2
