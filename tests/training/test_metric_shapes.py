"""Metrics in which a column meets a row."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from cnndoctor.patient.session import Computed
from cnndoctor.training.metric_shapes import MetricShapes
from tests.small import small

METRICS = """
class Mean:
    def __init__(self):
        self.reset()

    def reset(self):
        self.total, self.count = 0.0, 0

    def compute(self):
        return self.total / max(1, self.count)

    def update(self, outputs, targets):
        self.total += float(self.of(outputs, targets)) * len(targets)
        self.count += len(targets)


class Pairs(Mean):
    def of(self, outputs, targets):
        return ((outputs.reshape(-1, 1) - targets).abs() < 0.5).float().mean()


class Right(Mean):
    def of(self, outputs, targets):
        return ((outputs.reshape(-1) - targets).abs() < 0.5).float().mean()


class Ranking(Mean):
    def of(self, outputs, targets):
        higher = (targets[:, None] > targets[None, :]).float()
        right = ((outputs[:, None] > outputs[None, :]).float() * higher).sum()
        return right / higher.sum().clamp(min=1)
"""


@pytest.mark.parametrize(("name", "pairs"), [("Pairs", True), ("Right", False), ("Ranking", False)])
def test_only_a_column_against_a_row_is_told(tmp_path: Path, name: str, pairs: bool) -> None:
    """A metric that broadcasts by accident comes with both values; a right one and one that pairs on purpose do not."""
    (tmp_path / "hits.py").write_text(METRICS)
    experiment = small(f"metrics={{hits: {{_target_: '{tmp_path}/hits.py:{name}'}}}}")
    shapes = MetricShapes(experiment)
    values = torch.arange(12.0)
    shapes.see(Computed(loss=torch.zeros(()), outputs=values + 0.1, targets=values))
    if not pairs:
        assert shapes.found == {}
        return
    whole, alone = shapes.found["hits"]
    assert whole == pytest.approx(1 / 12)
    assert alone == 1.0


def test_a_metric_that_refuses_one_sample_says_nothing(tmp_path: Path) -> None:
    """What cannot be compared is no proof."""
    refusing = METRICS.replace("float(self.of", "float((1 / (len(targets) - 1)) * self.of")
    (tmp_path / "hits.py").write_text(refusing)
    shapes = MetricShapes(small(f"metrics={{hits: {{_target_: '{tmp_path}/hits.py:Pairs'}}}}"))
    values = torch.arange(12.0)
    shapes.see(Computed(loss=torch.zeros(()), outputs=values, targets=values))
    assert shapes.found == {}
