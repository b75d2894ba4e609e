"""Whether another numbering of the classes explains validation."""

from __future__ import annotations

import math
from dataclasses import replace

from cnndoctor.signs.renumbering import by_renumbering, is_renumbered
from tests.healthy import healthy_data, healthy_evaluation, healthy_train


def judged(score: float, permuted: float, *, learnt: float = 0.95) -> bool:
    """Return the verdict on a run with these scores on validation, as numbered and renumbered."""
    train = replace(
        healthy_train(),
        train=healthy_evaluation("train", 1433, 0.3, learnt),
        validation=replace(healthy_evaluation("validation", 364, 2.0, score), permuted_score=permuted),
    )
    return is_renumbered(healthy_data(), train)


def test_a_network_that_another_numbering_explains() -> None:
    """Far better renumbered, it is so; little better, as by chance, or a run that learnt nothing itself, is not."""
    assert judged(0.4, 0.9)
    assert not judged(0.6, 0.7)
    assert not judged(0.1, 0.5, learnt=0.12)


def test_simple_models_tell_where_no_network_does() -> None:
    """Without a run the simple model's own gain has to come back under another numbering."""
    data = healthy_data()
    renamed = replace(
        data, baseline=replace(data.baseline, train=0.9, validation=0.2, validation_permuted=0.85, chance=0.1)
    )
    assert is_renumbered(renamed, None)
    lost = replace(renamed, baseline=replace(renamed.baseline, validation_permuted=0.3))
    assert not is_renumbered(lost, None)
    assert all(math.isnan(number) for number in by_renumbering(lost, None))
    assert not is_renumbered(None, None)
