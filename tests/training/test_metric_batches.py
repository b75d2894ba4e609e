"""Metrics that are taken batch by batch."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from cnndoctor.patient.session import Computed
from cnndoctor.training.metric_batches import MetricBatches
from tests.small import small

METRICS = """
class Kept:
    def __init__(self):
        self.reset()

    def reset(self):
        self.kept = []

    def compute(self):
        return sum(self.kept) / len(self.kept)

    def update(self, outputs, targets):
        said, true = outputs.argmax(1) == 1, targets == 1
        self.kept.append(2 * float((said & true).sum()) / max(1, int(said.sum() + true.sum())))


class Counted(Kept):
    def reset(self):
        self.hits = self.both = 0

    def update(self, outputs, targets):
        said, true = outputs.argmax(1) == 1, targets == 1
        self.hits, self.both = self.hits + int((said & true).sum()), self.both + int(said.sum() + true.sum())

    def compute(self):
        return 2 * self.hits / max(1, self.both)


class Refuses(Counted):
    def update(self, outputs, targets):
        if len(targets) > 4:
            raise ValueError("too many")
"""
# A rare class that only one of the batches holds: an F1 of 1 there and of 0 in the others.
TARGETS = (torch.tensor([0, 0, 0, 0]), torch.tensor([1, 1, 0, 0]), torch.tensor([0, 0, 0, 0]))


def said(tmp_path: Path, name: str, *more: Computed) -> dict[str, tuple[float, float]]:
    """Hand batches that are all right to a metric."""
    (tmp_path / "f1.py").write_text(METRICS)
    batches = MetricBatches(small(f"metrics={{f1: {{_target_: '{tmp_path}/f1.py:{name}'}}}}"))
    for targets in TARGETS:
        outputs = torch.nn.functional.one_hot(targets, 2).float()
        batches.see(Computed(loss=torch.zeros(()), outputs=outputs, targets=targets))
    for computed in more:
        batches.see(computed)
    return dict(batches.found())


def test_a_mean_over_batches_comes_with_the_value_of_all_samples(tmp_path: Path) -> None:
    """Every answer is right; averaged over batches the F1 is a third."""
    assert said(tmp_path, "Kept")["f1"] == pytest.approx((1 / 3, 1.0))


def test_a_metric_that_counts_says_the_same_of_both(tmp_path: Path) -> None:
    """Where counts are added up, it does not matter how samples are batched."""
    assert said(tmp_path, "Counted")["f1"] == (1.0, 1.0)


def test_what_cannot_be_put_together_says_nothing(tmp_path: Path) -> None:
    """A metric that refuses so many samples, and batches that are no plain tensors."""
    assert said(tmp_path, "Refuses") == {}
    odd = Computed(loss=torch.zeros(()), outputs={"boxes": torch.zeros(4)}, targets=torch.zeros(4))
    assert said(tmp_path, "Kept", odd) == {}
