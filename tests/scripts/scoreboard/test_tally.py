"""Scores added up, calibration, families, confusions and the baselines."""

from __future__ import annotations

import math

import pytest

from scoreboard.baselines import always, listed, most_frequent_fault, verdict_of
from scoreboard.cases import Case, Expected
from scoreboard.material import answers_of
from scoreboard.records import Record
from scoreboard.tally import Answer, calibration, calibration_error, confusions, families, interval, tally
from tests.scripts.scoreboard.made import CATALOGUE, HEALTHY, case, material, record, said

WELL = "configs/healthy/mlp.yaml"
TWO = Expected(kind="faults", faults=(("dead-relu",), ("overfitting",)))


def _answers(*pairs: tuple[Case, Record]) -> list[Answer]:
    return answers_of(material(*pairs))


def test_tally() -> None:
    """Every count is over the runs that it is about, and false alarms are those of healthy runs."""
    t = tally(
        _answers(
            (case(), record(said("dead-relu"))),
            (case(), record(said("overfitting"), said("dead-relu"))),
            (case(expected=TWO), record(said("dead-relu"))),
            (case(WELL, HEALTHY), record(said("overfitting", "warning"))),
            (case(WELL, HEALTHY), record()),
        )
    )
    assert (str(t.first), str(t.among_three)) == ("2 of 3", "3 of 3")
    assert (str(t.doubles_named), str(t.doubles_whole)) == ("1 of 2", "0 of 1")
    assert (str(t.healthy), t.warnings, t.errors) == ("1 of 2", 1, 0)
    assert t.alarms_per_healthy("warning") == "0.50"
    assert t.wrong_beside_a_run == "0.33"
    assert str(t.notes) == "–"


def test_calibration() -> None:
    """Of what was said with nine in ten, one right and one wrong is five in ten; what followed counts where asked."""
    answers = _answers(
        (case(), record(said("dead-relu", confidence=0.9), said("overfitting", confidence=0.5))),
        (case(), record(said("overfitting", confidence=0.9))),
    )
    first = calibration(answers, first_only=True)
    assert [(one.low, one.said, one.right) for one in first if one.said] == [(0.9, 2, 1)]
    assert calibration_error(first) == pytest.approx(0.4)
    assert sum(one.said for one in calibration(answers, first_only=False)) == 3


def test_certainty_has_a_bin() -> None:
    """A confidence of one is in the last bin, and not in none."""
    bins = calibration(_answers((case(), record(said("dead-relu", confidence=1.0)))), first_only=True)
    assert bins[-1].said == 1


def test_families() -> None:
    """A false alarm belongs to the family of the check that raised it, recall to that of what was planted."""
    rows = families(
        _answers(
            (case(), record(said("overfitting"))),
            (case(WELL, HEALTHY), record(said("overfitting", "warning"))),
        ),
        CATALOGUE.family_of,
    )
    seen = {row.family: (str(row.first), row.warnings, row.misplaced) for row in rows}
    assert seen == {"activations": ("0 of 1", 0, 0), "training": ("–", 1, 1)}


def test_confusions() -> None:
    """What came first instead is counted; silence is shown as the verdict."""
    answers = _answers(
        (case(), record(said("overfitting"))), (case(), record(said("overfitting"))), (case(), record())
    )
    assert confusions(answers) == [("dead-relu", "overfitting", 2), ("dead-relu", "healthy", 1)]


def test_interval() -> None:
    """Ten of ten leaves room for a quarter of misses; nothing says nothing."""
    low, high = interval(1.0, 10)
    assert low == pytest.approx(0.722, abs=1e-3)
    assert high == pytest.approx(1.0)
    assert math.isnan(interval(0.0, 0)[0])


def test_most_frequent_fault() -> None:
    """The constant answer is learnt from the tuning part alone, and ties go by the alphabet."""
    two = case(expected=TWO)
    unseen = case("configs/unseen/shop/a.yaml", Expected(kind="fault", faults=(("overfitting",),)))
    assert most_frequent_fault([two, case(), unseen, unseen]) == "dead-relu"
    assert most_frequent_fault([two]) == "dead-relu"
    assert always(most_frequent_fault([])) == ()


def test_every_finding_listed() -> None:
    """The list has what was folded too, severe first, then sure first, and a verdict of its own."""
    folded = (
        said("overfitting", "warning", 0.99),
        said("loss-flat", "error", 0.7),
        said("dead-relu", "error", 0.8),
    )
    one = record(said("dead-relu"), found=folded)
    assert [s.check for s in listed(one)] == ["dead-relu", "loss-flat", "overfitting"]
    assert verdict_of(listed(one), one) == "unhealthy"
    assert verdict_of((), record()) == "healthy"
