"""Which target each prediction of a regression comes nearest to: its own, or that of another sample."""

from __future__ import annotations

import torch
from torch import Tensor

from cnndoctor.evidence.train import Matching
from cnndoctor.patient.batches import first_tensor
from cnndoctor.patient.session import Computed
from cnndoctor.patient.task import Task

MOST = 256  # samples that are compared with each other
FEWEST = 32  # samples, below which a nearest neighbour says little
WIDE = 8  # numbers a target, from which a nearest neighbour is hardly ever near by chance
MOST_NUMBERS = 4096  # of one target that are looked at, spread over it
FARTHEST = 10  # steps by which two lists are tried against each other


class TargetMatching:
    """Takes the first samples of a pass in order, and holds predictions against all of their targets."""

    def __init__(self, task: Task) -> None:
        """Wait for batches.

        Args:
            task: Nothing is kept but for a regression.
        """
        self._wanted = task is Task.REGRESSION
        self._pairs: list[tuple[Tensor, Tensor]] = []
        self._samples = 0

    def add(self, computed: Computed) -> None:
        """Take one batch, with outputs and targets as the forward and the loader gave them.

        Args:
            computed: Outputs and targets.
        """
        outputs, targets = first_tensor(computed.outputs, floating=True), first_tensor(computed.targets)
        if not self._wanted or self._samples >= MOST or outputs is None or targets is None:
            return
        if not outputs.ndim or not targets.ndim or outputs.numel() != targets.numel():
            self._wanted = False
            return
        self._pairs.append((_rows(outputs), _rows(targets.reshape(outputs.shape))))
        self._samples += len(outputs)

    def matching(self) -> Matching | None:
        """Return what was found; None for other tasks, a few samples, or outputs of another form than the targets."""
        if not self._wanted or self._samples < FEWEST or len({rows.shape[1] for rows, _ in self._pairs}) != 1:
            return None
        outputs = torch.cat([rows for rows, _ in self._pairs])[:MOST]
        targets = torch.cat([rows for _, rows in self._pairs])[:MOST]
        if not bool(torch.isfinite(outputs).all()) or not bool(torch.isfinite(targets).all()):
            return None
        shift, shifted = _best_shift(outputs, targets)
        if outputs.shape[1] < WIDE:
            return Matching(samples=len(outputs), shift=shift, shifted_score=shifted)
        nearest = torch.cdist(outputs, targets).argmin(1)
        return Matching(
            samples=len(outputs),
            own_share=float((nearest == torch.arange(len(outputs))).double().mean()),
            nearest_score=_r2(outputs, targets[nearest]),
            shift=shift,
            shifted_score=shifted,
        )


def _rows(values: Tensor) -> Tensor:
    rows = values.detach().float().cpu().reshape(len(values), -1)
    stride = max(1, -(-rows.shape[1] // MOST_NUMBERS))
    return rows[:, ::stride].clone()


def _best_shift(outputs: Tensor, targets: Tensor) -> tuple[int, float]:
    """Return the number of samples by which the targets lie behind their predictions best, 0 apart, and the r2 there."""
    scores = {}
    for shift in (step for step in range(-FARTHEST, FARTHEST + 1) if step):
        kept = len(outputs) - abs(shift)
        ours, theirs = (outputs[:kept], targets[shift:]) if shift > 0 else (outputs[-kept:], targets[:kept])
        scores[shift] = _r2(ours, theirs)
    best = max(scores, key=scores.__getitem__)
    return best, scores[best]


def _r2(outputs: Tensor, targets: Tensor) -> float:
    spread = float((targets - targets.mean(0)).square().sum())
    return 1 - float((outputs - targets).square().sum()) / spread if spread > 0 else float("nan")
