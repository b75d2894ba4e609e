"""Everything measured, in TensorBoard: one folder and one writer for each stage, ``1-setup`` to ``7-train``.

Tags are ``group/name``. The train stage gets a dashboard ("Custom scalars") that lays the groups ``loss/``, ``metric/``,
``lr``, ``gradient/``, ``update/`` and ``activation/`` side by side.
"""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING

import numpy as np

from cnndoctor.evidence import ExperimentEvidence
from cnndoctor.observers.hparams import configured, reached
from cnndoctor.report import Report, StageResult

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

    from cnndoctor.observers import Pixels

_log = logging.getLogger(__name__)

_Point = tuple[dict[str, float], int, float]  # values by tag, step, seconds since the epoch

_STAGES = ("setup", "data", "first-batch", "overfit", "lr-range", "gradient", "train")
# What is told before the first stage or after the last one, such as the report itself.
_OUTSIDE = "report"
# Points of curves are handed to the writer's thread in bundles. Woken for each by itself, it takes the processor's caches and
# Python's lock from the training, and a point costs as much as a small model's step: four times what it costs in a bundle of a
# few dozen. TensorBoard looks for new points every five seconds, so one second is missed by nobody.
_TOGETHER_SECONDS = 1.0
# Points of the same curves that a bundle holds at most. A point costs some 60 microseconds wherever it is written from, so
# these stay below half a percent of the second that they are from; all steps of a tiny model would cost more than that.
_BUNDLE_POINTS = 64
# Regular expressions over tags; one chart each.
_TRAIN_LAYOUT = {
    "training": {
        "loss": ["Multiline", ["^loss/.*"]],
        "metrics": ["Multiline", ["^metric/.*"]],
        "learning rate": ["Multiline", ["^lr.*"]],
    },
    "layers": {
        "gradients": ["Multiline", ["^gradient/.*"]],
        "updates": ["Multiline", ["^update/.*"]],
        "activations": ["Multiline", ["^activation/.*"]],
    },
}


class TensorBoardObserver:
    """Writes what it is told below one folder; writes nothing, and says so once, where TensorBoard is missing."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; nothing is imported or written before the first value.

        Args:
            folder: The run's ``tensorboard`` folder; made when needed.
        """
        self._folder = folder
        self._stage = _OUTSIDE
        self._writer: SummaryWriter | None = None
        self._missing = False
        # Points of curves that the writer was not given yet.
        self._kept: list[_Point] = []
        self._due = 0.0

    def stage_started(self, name: str, doing: str) -> None:
        """Turn to the stage's own folder, and say there what it does."""
        self._finish()
        self._stage = name
        self.text("stage", doing)
        if name == "train" and (writer := self._open()):
            writer.add_custom_scalars(_TRAIN_LAYOUT)

    def progress(self, done: int, total: int | None, doing: str) -> None:  # noqa: ARG002 - as all observers
        """Hand kept points to the writer once a second; progress itself is not measured."""
        now = monotonic()
        if self._kept and now >= self._due:
            # After a pause two bundles may follow each other at once: the last steps of an epoch, and the epoch.
            self._due = max(self._due, now - _TOGETHER_SECONDS) + _TOGETHER_SECONDS
            self._hand_over()

    def stage_finished(self, result: StageResult) -> None:
        """Write the stage's last word and close its folder."""
        if result.status != "skipped":
            note = f": {result.note}" if result.note else ""
            self.text("stage", f"**{result.status}** after {result.seconds:.1f} s{note}", 1)
        self._finish()
        self._stage = _OUTSIDE

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Write a point; TensorBoard draws NaN and infinities as triangles."""
        if writer := self._open():
            writer.add_scalar(tag, value, step)

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Keep one point of several curves, one record, with the time that it was told; written soon after.

        Of more than 64 points of the same curves within a second some are left out, evenly.
        """
        if values and self._open():
            self._kept.append((dict(values), step, time()))

    def histogram(self, tag: str, counts: Sequence[float], edges: Sequence[float], step: int) -> None:
        """Write a histogram as given; an empty or broken one is left out, for TensorBoard would refuse the file."""
        if not _drawable(counts, edges) or not (writer := self._open()):
            return
        middles = [(low + high) / 2 for low, high in itertools.pairwise(edges)]
        weighed = list(zip(counts, middles, strict=True))
        writer.add_histogram_raw(
            tag,
            min=float(edges[0]),
            max=float(edges[-1]),
            num=float(sum(counts)),
            sum=float(sum(count * middle for count, middle in weighed)),
            sum_squares=float(sum(count * middle**2 for count, middle in weighed)),
            bucket_limits=[float(edge) for edge in edges[1:]],
            bucket_counts=[float(count) for count in counts],
            global_step=step,
        )

    def precision_recall(
        self, tag: str, positives: Sequence[int], negatives: Sequence[int], step: int
    ) -> None:
        """Write precision and recall over thresholds; without a positive or a negative there is no such curve."""
        if not _comparable(positives, negatives) or not (writer := self._open()):
            return
        missed = [positives[0] - count for count in positives]
        spared = [negatives[0] - count for count in negatives]
        # Where nothing is called positive, nothing was called so wrongly: 1, as TensorBoard's own curves end.
        precision = [
            hit / (hit + false) if hit + false else 1.0
            for hit, false in zip(positives, negatives, strict=True)
        ]
        recall = [hit / positives[0] for hit in positives]
        rows = (positives, negatives, spared, missed, precision, recall)
        tp, fp, tn, fn, precisions, recalls = (np.asarray(row) for row in rows)
        writer.add_pr_curve_raw(tag, tp, fp, tn, fn, precisions, recalls, step, len(positives))

    def image(self, tag: str, pixels: Pixels, step: int, caption: str = "") -> None:
        """Write a picture, and its caption as a text of the same name."""
        if pixels.size == 0 or pixels.ndim not in {2, 3} or not (writer := self._open()):
            return
        writer.add_image(tag, pixels, step, dataformats="HW" if pixels.ndim == 2 else "HWC")
        if caption:
            writer.add_text(f"{tag} (caption)", caption, step)

    def text(self, tag: str, markdown: str, step: int = 0) -> None:
        """Write a text, unless it is empty."""
        if markdown.strip() and (writer := self._open()):
            writer.add_text(tag, markdown, step)

    def concluded(self, report: Report, experiment: ExperimentEvidence) -> None:
        """Write settings and results as one line of HParams, into the run that holds the report.

        ``SummaryWriter.add_hparams`` would make a second run named by the time, so its records are written here.
        """
        if not (writer := self._open()):
            return
        from torch.utils.tensorboard.summary import hparams

        results = reached(report)
        # torch types neither of the two.
        for summary in hparams(configured(experiment), results):  # type: ignore[no-untyped-call]
            writer._get_file_writer().add_summary(summary)  # type: ignore[no-untyped-call]  # noqa: SLF001
        for tag, value in results.items():
            if math.isfinite(value):
                writer.add_scalar(tag, value, 0)

    def close(self) -> None:
        """Flush and close what is open."""
        self._finish()

    def _open(self) -> SummaryWriter | None:
        """Return the stage's writer, made at the first value so that silent stages leave no empty folder."""
        if self._writer is None and not self._missing:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                self._missing = True
                _log.warning("No TensorBoard logs: %s", error)
                return None
            self._writer = SummaryWriter(str(self._folder / _folder_name(self._stage)))
        return self._writer

    def _hand_over(self) -> None:
        """Give the kept points to the writer."""
        kept, self._kept = self._kept, []
        if not kept or not (writer := self._open()):
            return
        from torch.utils.tensorboard.summary import Summary

        file = writer._get_file_writer()  # type: ignore[no-untyped-call]  # noqa: SLF001 - torch does not type it
        for values, step, told in _thinned(kept):
            points = [Summary.Value(tag=tag, simple_value=value) for tag, value in values.items()]
            file.add_summary(Summary(value=points), step, told)

    def _finish(self) -> None:
        try:
            self._hand_over()
        finally:
            writer, self._writer = self._writer, None
            if writer is not None:
                writer.close()


def _folder_name(stage: str) -> str:
    return f"{_STAGES.index(stage) + 1}-{stage}" if stage in _STAGES else stage


def _thinned(points: Sequence[_Point]) -> list[_Point]:
    """Return at most 64 points of each set of curves, evenly spread, with the last of each, in their order."""
    of_curves: dict[tuple[str, ...], list[int]] = {}
    for position, (values, _, _) in enumerate(points):
        of_curves.setdefault(tuple(values), []).append(position)
    kept: list[int] = []
    for positions in of_curves.values():
        stride = math.ceil(len(positions) / _BUNDLE_POINTS)
        kept += positions[::-1][::stride]
    return [points[position] for position in sorted(kept)]


def _comparable(positives: Sequence[int], negatives: Sequence[int]) -> bool:
    return len(positives) == len(negatives) > 1 and positives[0] > 0 and negatives[0] > 0


def _drawable(counts: Sequence[float], edges: Sequence[float]) -> bool:
    if len(counts) == 0 or len(edges) != len(counts) + 1:
        return False
    return all(math.isfinite(value) for value in (*counts, *edges)) and sum(counts) > 0
