"""What counts as a constant answer's score."""

from __future__ import annotations

import pytest

from cnndoctor.evidence.train import ClassResult, Evaluation
from cnndoctor.signs.noise import at_chance


def judged(score: float, chance: float, samples: int, places: int = 1) -> Evaluation:
    """Return an evaluation with this many answers for each sample."""
    ground = ClassResult(label="0", support=int(chance * samples * places), recall=1.0)
    rest = ClassResult(label="1", support=samples * places - ground.support, recall=0.5)
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
