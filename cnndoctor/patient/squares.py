"""What r2 is made of: sums over outputs and targets, without the far outliers that a robust loss was chosen against."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from cnndoctor.patient.asked import to_ask
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.task import loss_name, of_torch

# The same class of losses that statistics calls robust: far errors pull with bounded force.
ROBUST_LOSSES = {"L1Loss", "l1_loss", "SmoothL1Loss", "smooth_l1_loss", "HuberLoss", "huber_loss"}
FAR_OUT = 3.0  # interquartile ranges beyond a quartile: Tukey, Exploratory data analysis, 1977
MOST_OUTLIERS = 0.1  # share of the samples; chosen: more of them are no outliers but the distribution
# Twice as far costs twice as much under an absolute error, four times under a squared one; chosen between.
LINEAR = 2.5
MOST_COLUMNS, MOST_SAMPLES = 8, 100_000  # that are kept for quartiles: 13 MB


@dataclass(slots=True, kw_only=True)
class Squares:
    """Adds up batches of a regression.

    Attributes:
        loss: Where it is a robust one, targets far out are left out of what is told; without such targets it is the same.
        samples: Samples added.
    """

    loss: object = None
    samples: int = 0
    sums: tuple[Tensor, ...] | None = None  # each [columns]; see ``_sums``
    kept: list[tuple[Tensor, Tensor]] = field(default_factory=list)  # [N, columns] outputs and targets
    settled: tuple[int, tuple[Tensor, ...]] | None = None  # samples and sums that count, until more are added

    def add(self, outputs: Tensor, targets: Tensor) -> bool:
        """Add one batch; return False where its shape does not fit those before.

        Args:
            outputs: [N, columns] predictions.
            targets: [N, columns] what they should be.
        """
        if outputs.shape != targets.shape or (
            self.sums is not None and self.sums[0].shape != targets[0].shape
        ):
            return False
        sums = tuple(one.cpu() for one in _sums(outputs, targets))
        self.sums = sums if self.sums is None else tuple(a + b for a, b in zip(self.sums, sums, strict=True))
        self.samples += len(targets)
        if _may_be_robust(self.loss) and targets.shape[1] <= MOST_COLUMNS and self.samples <= MOST_SAMPLES:
            self.kept.append((outputs.cpu(), targets.cpu()))
        else:  # quartiles of a part of the samples are no use: let go of it
            self.kept.clear()
        self.settled = None
        return True

    def target_variance(self) -> float:
        """Return the variance of the targets, mean over columns; 0 when nothing was added."""
        samples, sums = self._judged()
        return _variance(sums[0], sums[1], samples) if sums else 0.0

    def output_variance(self) -> float:
        """Return the variance of the outputs, mean over columns; NaN when nothing was added."""
        samples, sums = self._judged()
        return _variance(sums[3], sums[4], samples) if sums else math.nan

    def mean_square_error(self) -> float:
        """Return the mean square of outputs minus targets; NaN when nothing was added."""
        samples, sums = self._judged()
        return float((sums[2] / samples).mean()) if sums else math.nan

    def _judged(self) -> tuple[int, tuple[Tensor, ...]]:
        """Return how many samples count, and their sums; no sums when nothing was added."""
        if self.sums is None:
            return 0, ()
        if self.settled is None:
            self.settled = self._without_outliers() or (self.samples, self.sums)
        return self.settled

    def _without_outliers(self) -> tuple[int, tuple[Tensor, ...]] | None:
        """Return the sums over the usual targets; None where all count."""
        if not self.kept:
            return None
        outputs, targets = (torch.cat(batches) for batches in zip(*self.kept, strict=True))
        usual = usual_targets(targets)
        if bool(usual.all()) or not shrugs_off_outliers(self.loss, targets):
            return None
        return int(usual.sum()), _sums(outputs[usual], targets[usual])


def shrugs_off_outliers(loss: object, targets: Tensor) -> bool:
    """Return whether a loss lets targets far out pull with bounded force: whoever takes it expects such targets.

    A loss of the user's own is asked, as a copy: what an error costs that is as large as the largest, and one of twice that.

    Args:
        loss: The loss: a module, a function or a partial.
        targets: [N, columns] targets, some of them far out.
    """
    if loss_name(loss) in ROBUST_LOSSES:
        return True
    if not _may_be_robust(loss) or not callable(loss):
        return False
    usual = targets.median(0).values.float()
    far = float((targets - usual).abs().max())
    middle = usual.expand(2, -1)
    try:
        own = to_ask(loss)
        with torch.no_grad(), preserved_randomness():
            none, once, twice = (float(own(middle + step * far, middle.clone())) for step in (0, 1, 2))
    except Exception:  # noqa: BLE001 - a loss of the user's own that takes something else cannot be asked
        return False
    return math.isfinite(twice) and once - none > 0 and twice - none < LINEAR * (once - none)


def _may_be_robust(loss: object) -> bool:
    """Return whether a loss is a robust one by name, or one of the user's own."""
    return loss_name(loss) in ROBUST_LOSSES or (callable(loss) and not of_torch(loss))


def usual_targets(targets: Tensor) -> Tensor:
    """Return which rows lie within Tukey's outer fences in every column; all of them where too many do not.

    Args:
        targets: [N, columns].

    Returns:
        bool [N].
    """
    everything = torch.ones(len(targets), dtype=torch.bool)
    if not bool(targets.isfinite().all()):
        return everything
    low, high = (torch.quantile(targets, share, dim=0) for share in (0.25, 0.75))
    reach = FAR_OUT * (high - low)
    inside = ((targets >= low - reach) & (targets <= high + reach)) | (reach == 0)
    usual = inside.all(1)
    return usual if float(usual.double().mean()) >= 1 - MOST_OUTLIERS else everything


def _sums(outputs: Tensor, targets: Tensor) -> tuple[Tensor, ...]:
    """Return sums over samples: targets, their squares, squared errors, outputs, their squares."""
    return (
        targets.sum(0),
        targets.square().sum(0),
        (outputs - targets).square().sum(0),
        outputs.sum(0),
        outputs.square().sum(0),
    )


def _variance(sums: Tensor, squares: Tensor, samples: int) -> float:
    return float((squares / samples - (sums / samples).square()).clamp_min(0).mean())
