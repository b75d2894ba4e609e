"""Told while it runs: whoever listens implements ``Observer``; the examination never asks an observer anything."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from cnndoctor.evidence import ExperimentEvidence
from cnndoctor.report import Report, StageResult

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]  # [H, W, 3] colour or [H, W] grey

__all__ = ["Observer", "Observers"]

_log = logging.getLogger(__name__)


class Observer(Protocol):
    """Someone who is told what happens, for example a progress bar or a TensorBoard writer."""

    def stage_started(self, name: str, doing: str) -> None:
        """A stage begins; ``doing`` is a short phrase of what it will do."""

    def progress(self, done: int, total: int | None, doing: str) -> None:
        """``done`` of ``total`` pieces of ``doing`` are behind us; ``total`` is ``None`` when nobody knows."""

    def stage_finished(self, result: StageResult) -> None:
        """A stage ended: ran, was skipped, or crashed. A skipped stage was never started."""

    def scalar(self, tag: str, value: float, step: int) -> None:
        """One number of a curve; NaN and infinities are allowed."""

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """One point of several curves at once, by tag: a third of the cost of telling each by itself."""

    def histogram(self, tag: str, counts: Sequence[float], edges: Sequence[float], step: int) -> None:
        """Counts between neighbouring edges; one more edge than counts, ascending."""

    def precision_recall(
        self, tag: str, positives: Sequence[int], negatives: Sequence[int], step: int
    ) -> None:
        """How many positives and negatives score at least each of evenly spaced thresholds from 0 to 1."""

    def image(self, tag: str, pixels: Pixels, step: int, caption: str = "") -> None:
        """One picture, 8 bits a channel, [H, W, 3] or [H, W]."""

    def text(self, tag: str, markdown: str, step: int = 0) -> None:
        """A piece of Markdown."""

    def concluded(self, report: Report, experiment: ExperimentEvidence) -> None:
        """The examination is over; this is what it came to, and what was examined."""

    def close(self) -> None:
        """Nothing more will be told."""


class Observers(list[Observer]):
    """All observers as one: forwards to each, and lets none of them disturb the examination.

    An observer that raises is reported once, on the log; it goes on being told, for its fault may pass.
    """

    def __init__(self, observers: Iterable[Observer] = ()) -> None:
        super().__init__(observers)
        self._reported: set[int] = set()

    def stage_started(self, name: str, doing: str) -> None:
        """Tell everyone that a stage begins."""
        self._tell(lambda observer: observer.stage_started(name, doing))

    def progress(self, done: int, total: int | None, doing: str) -> None:
        """Tell everyone how far it is."""
        self._tell(lambda observer: observer.progress(done, total, doing))

    def stage_finished(self, result: StageResult) -> None:
        """Tell everyone that a stage ended."""
        self._tell(lambda observer: observer.stage_finished(result))

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Tell everyone a number."""
        self._tell(lambda observer: observer.scalar(tag, value, step))

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Tell everyone one point of several curves."""
        self._tell(lambda observer: observer.scalars(values, step))

    def histogram(self, tag: str, counts: Sequence[float], edges: Sequence[float], step: int) -> None:
        """Tell everyone a histogram."""
        self._tell(lambda observer: observer.histogram(tag, counts, edges, step))

    def precision_recall(
        self, tag: str, positives: Sequence[int], negatives: Sequence[int], step: int
    ) -> None:
        """Tell everyone precision and recall over thresholds."""
        self._tell(lambda observer: observer.precision_recall(tag, positives, negatives, step))

    def image(self, tag: str, pixels: Pixels, step: int, caption: str = "") -> None:
        """Show everyone a picture."""
        self._tell(lambda observer: observer.image(tag, pixels, step, caption))

    def text(self, tag: str, markdown: str, step: int = 0) -> None:
        """Tell everyone a text."""
        self._tell(lambda observer: observer.text(tag, markdown, step))

    def concluded(self, report: Report, experiment: ExperimentEvidence) -> None:
        """Tell everyone what it came to."""
        self._tell(lambda observer: observer.concluded(report, experiment))

    def close(self) -> None:
        """Tell everyone that it is over."""
        self._tell(lambda observer: observer.close())

    def _tell(self, say: Callable[[Observer], None]) -> None:
        for observer in self:
            try:
                say(observer)
            except Exception as error:  # noqa: BLE001  a border: a full disk must not end a training run
                self._report(observer, error)

    def _report(self, observer: Observer, error: Exception) -> None:
        if id(observer) in self._reported:
            return
        self._reported.add(id(observer))
        name = type(observer).__name__
        _log.warning("%s failed and may be incomplete: %s: %s", name, type(error).__name__, error)
