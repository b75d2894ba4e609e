"""Promises of the words for what a run reaches on both splits."""

import math
from dataclasses import replace

from cnndoctor.signs.both_splits import on_both_splits
from tests.healthy import healthy_train


def test_scores_are_told_as_they_are() -> None:
    """Where a score is known, both splits are told by it."""
    assert on_both_splits(healthy_train()) == "accuracy is 99.6% on training data and 98.4% on validation"


def test_without_a_score_losses_tell() -> None:
    """Without a score, what is gone of the loss of a constant prediction is told."""
    train = healthy_train()
    assert train.train is not None
    assert train.validation is not None
    judged = replace(
        train,
        train=replace(train.train, score=math.nan, loss=0.0),
        validation=replace(train.validation, score=math.nan, loss=1.151),
    )
    assert on_both_splits(judged).endswith("100% is gone on training data and 50% on validation")
