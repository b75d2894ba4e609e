"""What counts as a constant answer's score."""

from __future__ import annotations

import pytest

from cnndoctor.evidence.train import ClassResult, Evaluation
from cnndoctor.signs.noise import at_chance
from cnndoctor.signs.success import evaluation_gain


def judged(score: float, chance: float, samples: int, places: int = 1) -> Evaluation:
    """Return an evaluation with this many answers for each sample."""
    ground = ClassResult(label="0", support=int(chance * samples * places), recall=1.0)
    recall = (score - chance) / (1 - chance)
    rest = ClassResult(label="1", support=samples * places - ground.support, recall=max(0.0, recall))
    return Evaluation(
        split="validation", samples=samples, score=score, chance=chance, loss=0.1, classes=(ground, rest)
    )


@pytest.mark.parametrize(
    ("evaluation", "expected"),
    [
        (judged(0.999, 0.981, 80, places=1024), False),  # masks that are nearly all background, and learnt
        (judged(0.986, 0.981, 80, places=1024), False),
        (judged(0.981, 0.981, 80, places=1024), True),  # all background
        (judged(1.0, 0.98, 100), False),  # few rare samples, all found
        (judged(0.98, 0.98, 100), True),
        (judged(0.18, 0.1, 50), True),  # luck
        (judged(0.9, 0.1, 50), False),
    ],
)
def test_at_chance(evaluation: Evaluation, expected: bool) -> None:
    """Neither few samples nor a heavy background make a run that learnt look like a constant."""
    assert at_chance(evaluation) is expected


def _fraud(honest: float, fraud: float, support: int = 63) -> Evaluation:
    """Return two classes, of which the second makes three in a hundred."""
    rows = (
        ClassResult(label="honest", support=1937, recall=honest),
        ClassResult(label="fraud", support=support, recall=fraud),
    )
    total = 1937 + support
    score = (1937 * honest + support * fraud) / total
    return Evaluation(
        split="validation", samples=total, loss=0.3, score=score, chance=1937 / total, classes=rows
    )


def test_a_weighted_loss_trades_accuracy_for_recall() -> None:
    """Accuracy below the base rate is no chance level when both classes are recognised."""
    weighted = _fraud(0.86, 0.84)
    assert weighted.score < weighted.chance
    assert not at_chance(weighted)
    assert evaluation_gain(weighted) > 0.5


@pytest.mark.parametrize("judged", [_fraud(1.0, 0.0), _fraud(0.5, 0.55), _fraud(0.6, 0.7, support=6)])
def test_one_answer_coin_flips_and_a_handful_are_chance(judged: Evaluation) -> None:
    """A constant answer, a coin, and a rare class of too few samples show nothing learnt."""
    assert at_chance(judged)
    assert evaluation_gain(judged) < 0.1


def test_where_one_answer_is_always_right_there_is_no_chance() -> None:
    """Pairs that are ranked have the target 1 throughout: 90 % right is below a constant answer, and learnt."""
    one = Evaluation(split="train", samples=1500, score=0.905, chance=1.0, loss=0.23)
    assert not at_chance(one)
