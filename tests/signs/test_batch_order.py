"""Promises of the order of batches: sorted ones are told by both facts together."""

from __future__ import annotations

import math

import pytest

from cnndoctor.evidence.data import LoaderFacts
from cnndoctor.signs.batch_order import sorted_by_label
from tests.healthy import healthy_data


def test_runs_of_one_label_in_batches_of_few_are_sorted() -> None:
    """Far more of one label in a row than by chance, and far fewer labels in a batch: the data come sorted."""
    assert sorted_by_label(LoaderFacts(label_run_excess=40.0, distinct_labels_per_batch=0.2))


@pytest.mark.parametrize(
    ("excess", "distinct"),
    [(40.0, 0.95), (3.9, 0.5), (0.3, 1.0), (math.nan, math.nan), (40.0, math.nan)],
    ids=["all labels", "chance", "shuffled", "unknown", "labels unknown"],
)
def test_one_fact_alone_sorts_nothing(excess: float, distinct: float) -> None:
    """Batches with all labels in blocks, a few rare labels by chance, and what nobody measured are in order."""
    assert not sorted_by_label(LoaderFacts(label_run_excess=excess, distinct_labels_per_batch=distinct))


def test_the_digits_are_shuffled() -> None:
    """The healthy record is not sorted, whoever asks; a limit of the user's own counts."""
    assert not sorted_by_label(healthy_data().train.loader)
    few = LoaderFacts(label_run_excess=8.0, distinct_labels_per_batch=0.5)
    assert sorted_by_label(few)
    assert not sorted_by_label(few, 10.0)
