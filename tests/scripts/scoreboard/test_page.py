"""The page: every miss by name, each part for itself, and nothing claimed that was not examined."""

from __future__ import annotations

import re
from dataclasses import replace

from scoreboard.cases import Expected
from scoreboard.page import page
from tests.scripts.scoreboard.made import HEALTHY, case, material, record, said

TWO = Expected(kind="faults", faults=(("dead-relu",), ("overfitting",)))
SHOP = "configs/unseen/shop"


def _row(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(start))


def test_parts_are_kept_apart() -> None:
    """A miss of the test part does not touch the tuning part's row, and each program has its own."""
    text = page(
        material(
            (case(), record(said("dead-relu"))),
            (case(f"{SHOP}/dead-relu-mild.yaml", strength="mild"), record(said("overfitting"))),
        )
    )
    assert "| tuning | 0 | 1 of 1 | 1 of 1 |" in text
    assert "| test | 0 | 0 of 1 | 0 of 1 |" in text
    assert "| shop | 0 of 1 | 0 of 1 |" in text
    assert "| test, mild | 0 of 1 | 0 of 1 |" in text
    assert "| test | dead-relu | overfitting | 1 |" in text
    assert "| dead-relu-mild | NO: overfitting | 3 |" in text


def test_a_part_that_was_not_examined_is_said_to_be_missing() -> None:
    """A page without the test part says so, and has no row for it."""
    text = page(material((case(), record(said("dead-relu")))))
    assert text.count("It was not examined for this page.") == 1
    assert "| test |" not in text
    assert "planted cause came first everywhere" in text


def test_two_faults_and_hints() -> None:
    """The page says which of two faults was not named."""
    text = page(material((case(expected=TWO), record(said("dead-relu")))))
    assert "| 1 of 2 (0 of 1) |" in text
    assert "| dead-relu | WITHOUT overfitting | 3 |" in text


def test_false_alarms_are_quoted() -> None:
    """Each false alarm stands with its seed, its confidence and its sentence."""
    text = page(
        material((case("configs/healthy/mlp.yaml", HEALTHY), record(said("overfitting", "warning"), seed=2)))
    )
    assert "- healthy/mlp, seed 2: warning `overfitting` (0.90). overfitting was seen." in text
    assert "| mlp | FLAGGED: overfitting (warning) | 3 |" in text


def test_crashes_are_quoted() -> None:
    """A crash of ours stands on the page in its own words."""
    text = page(material((case(), record(said("dead-relu"), crashes=("train: own fault: KeyError",)))))
    assert "- patients/dead-relu, seed 0: train: own fault: KeyError" in text
    assert "| dead-relu | CRASHED | 3 |" in text


def test_baselines_answer_the_same_examinations() -> None:
    """Beside the diagnosis stand the unfolded list, here wrong, and the constant answer."""
    folded = (said("overfitting", "error", 0.99), said("dead-relu", "warning"))
    text = page(material((case(), record(said("dead-relu"), found=folded))))
    assert "| tuning | cnndoctor | 1 of 1 |" in text
    assert "| tuning | every finding | 0 of 1 | 1 of 1 |" in text
    assert "| tuning | always the same | 0 of 1 | 0 of 1 |" in text


def test_states_of_the_code() -> None:
    """Examinations of two states of the code are counted apart, with a word of warning."""
    one, other = (
        record(said("dead-relu")),
        replace(record(said("dead-relu"), seed=1), package="q", commit="c+"),
    )
    text = page(material((case(), one), (case(), other)))
    assert "| c+ | q | – | 1 |" in text
    assert "not all of one state" in text


def test_harm() -> None:
    """The harm table shows medians, the twin's in brackets, and what did no harm in capitals."""
    ending = {"train_score": 0.5, "validation_score": 0.4, "validation_loss": float("nan")}
    row = {
        "config": "shop/dead-relu",
        "planted": "dead-relu",
        "harm": "",
        "by_construction": False,
        "endings": [ending, {**ending, "train_score": 0.7}, {**ending, "train_score": 0.6}],
        "twin": [{**ending, "train_score": 0.9}],
    }
    text = page(replace(material((case(), record(said("dead-relu")))), harm=(row,)))
    assert "| shop/dead-relu | 0.600 (0.900) | 0.400 (0.400) | – (–) | NOTHING |" in text


def test_tables_are_whole() -> None:
    """Every row of a table has as many cells as its head."""
    text = page(
        material(
            (case(), record(said("dead-relu"))),
            (case(expected=TWO), record(said("overfitting"), config="configs/patients/b.yaml", seed=1)),
            (case("configs/healthy/mlp.yaml", HEALTHY), record()),
            (case(f"{SHOP}/healthy.yaml", HEALTHY), record(said("overfitting", "warning"))),
        )
    )
    for table in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1
