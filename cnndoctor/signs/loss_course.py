"""The loss of a run as its checks see it: where it started, how low it came, where it ended, smoothed against batch noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median, pstdev

from cnndoctor.evidence.train import TrainEvidence
from cnndoctor.series import finite, smooth

FEWEST_POINTS = 20  # fewer losses have no course
WINDOW_SHARE = 0.05  # of all points: the smoothing window
START_POINTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCourse:
    """Four numbers of a loss curve.

    Attributes:
        start: Median of the first few steps.
        lowest: Smallest smoothed value.
        end: Median of the last tenth.
        noise: Standard deviation from batch to batch, around the smoothed curve.
        smoothed: The smoothed curve.
    """

    start: float
    lowest: float
    end: float
    noise: float
    smoothed: tuple[float, ...]

    @property
    def error(self) -> float:
        """Return the standard error of the mean of a tenth of the curve."""
        return self.noise / math.sqrt(max(1, len(self.smoothed) // 10))


def loss_course(train: TrainEvidence) -> LossCourse | None:
    """Return the course of the loss; None when there are too few finite steps to judge.

    Args:
        train: The watched run.
    """
    losses = finite(train.losses)
    if len(losses) < FEWEST_POINTS:
        return None
    window = max(5, round(WINDOW_SHARE * len(losses)))
    smoothed = smooth(losses, window)
    residuals = [loss - level for loss, level in zip(losses, smoothed, strict=True)]
    tenth = max(START_POINTS, len(losses) // 10)
    return LossCourse(
        start=median(losses[:START_POINTS]),
        lowest=min(smoothed[tenth // 2 :]),
        end=median(losses[-tenth:]),
        noise=pstdev(residuals),
        smoothed=tuple(smoothed),
    )


def relative_drop(course: LossCourse) -> float:
    """Return by which share the loss fell from its start to its lowest smoothed value."""
    scale = max(abs(course.start), 1e-12)
    return (course.start - course.lowest) / scale
