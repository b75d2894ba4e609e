"""What a confusion matrix says: each class by itself, the most frequent mistakes, and how good another numbering would be.

A matrix is [C, C]: how often each true class (row) was taken for which (column).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from cnndoctor.evidence.train import ClassResult, Confusion
from cnndoctor.patient.assignment import best_assignment

MOST_CLASSES_TOLD = 100
MOST_CLASSES_PERMUTED = 100  # finding the best renumbering grows with the cube of them
MOST_CLASSES_SHOWN = 20  # a larger matrix cannot be read on a page
MOST_CONFUSIONS = 20


def shown(
    confusion: Tensor | None, names: Sequence[str]
) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Return the classes' names and the whole matrix, a row a true class; both empty where it would be too large to be read."""
    if confusion is None or len(confusion) > MOST_CLASSES_SHOWN:
        return (), ()
    labels = tuple(class_name(label, names) for label in range(len(confusion)))
    return labels, tuple(tuple(row) for row in confusion.tolist())


def worst_confusions(confusion: Tensor | None, names: Sequence[str]) -> tuple[Confusion, ...]:
    """Return the most frequent mistakes, worst first."""
    if confusion is None:
        return ()
    classes = len(confusion)
    mistakes = (confusion - torch.diag(confusion.diagonal())).flatten()
    top = mistakes.topk(min(MOST_CONFUSIONS, len(mistakes)))
    return tuple(
        Confusion(
            label=class_name(at // classes, names), taken_for=class_name(at % classes, names), count=count
        )
        for at, count in zip(top.indices.tolist(), top.values.tolist(), strict=True)
        if count
    )


def per_class(confusion: Tensor | None, names: Sequence[str]) -> tuple[ClassResult, ...]:
    """Return recall and precision of each class that was seen or predicted; of very many the worst."""
    if confusion is None:
        return ()
    supports, predicted, hits = confusion.sum(1), confusion.sum(0), confusion.diagonal()
    others = confusion - torch.diag(hits)
    results = []
    for label in range(len(confusion)):
        support, times = int(supports[label]), int(predicted[label])
        if not support and not times:
            continue
        mistaken = int(others[label].argmax()) if support and int(others[label].sum()) else -1
        results.append(
            ClassResult(
                label=class_name(label, names),
                support=support,
                recall=float(hits[label]) / support if support else math.nan,
                precision=float(hits[label]) / times if times else math.nan,
                confused_with=class_name(mistaken, names) if mistaken >= 0 else "",
            )
        )
    if len(results) > MOST_CLASSES_TOLD:
        results = sorted(results, key=lambda r: (r.recall if r.support else 2.0, r.label))[:MOST_CLASSES_TOLD]
    return tuple(results)


def permuted_score(confusion: Tensor | None) -> float:
    """Return the accuracy under the renumbering of classes that makes it largest; NaN without classes, or with very many."""
    if confusion is None or len(confusion) > MOST_CLASSES_PERMUTED:
        return math.nan
    gains: list[list[float]] = confusion.tolist()
    columns = best_assignment(gains)
    return sum(gains[row][column] for row, column in enumerate(columns)) / max(1, int(confusion.sum()))


def class_name(label: int, names: Sequence[str]) -> str:
    """Return what a class is called: its number where the data has no name for it."""
    return names[label] if label < len(names) else str(label)
