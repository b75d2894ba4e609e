"""Early stopping: ends training when the watched value has not improved for a number of epochs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cnndoctor.evidence.train import Epoch

LOWER_IS_BETTER = ("loss", "error", "mse", "mae", "rmse", "perplexity")


@dataclass(slots=True, kw_only=True)
class EarlyStopping:
    """Remembers the best value of an epoch and how long ago it was.

    Attributes:
        patience: Epochs without improvement before training ends.
        min_delta: Smallest change that counts as improvement.
        monitor: Name of the watched value; empty for the validation loss, or the training loss without validation.
        best: Best value so far; NaN before the first.
        waited: Epochs since then.
    """

    patience: int
    min_delta: float = 0.0
    monitor: str = ""
    best: float = math.nan
    waited: int = 0

    def ends(self, epoch: Epoch) -> bool:
        """Take in one epoch and return whether training should end.

        Args:
            epoch: The epoch just finished.
        """
        value = watched(epoch, self.monitor)
        sign = 1 if lower_is_better(self.monitor or "loss") else -1
        if math.isfinite(value) and not sign * value >= sign * self.best - self.min_delta:
            self.best, self.waited = value, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


def watched(epoch: Epoch, name: str) -> float:
    """Return the value of an epoch that a scheduler or early stopping watches; NaN when it has none of that name.

    Args:
        epoch: The epoch.
        name: validation_loss, validation_score, train_loss, train_score, a metric (``validation/miou`` or ``miou``);
            empty for the validation loss, or the training loss where there is no validation.
    """
    spoken = name.replace("val_", "validation_").replace("valid_", "validation_").replace("/", "_")
    if spoken in {"validation_loss", "validation_score", "train_loss", "train_score", "lr"}:
        return float(getattr(epoch, spoken))
    for known in (name, f"validation/{name}", f"train/{name}", name.replace("val_", "validation/")):
        if known in epoch.metrics:
            return epoch.metrics[known]
    if spoken in {"validation_accuracy", "validation_acc", "accuracy"}:
        return epoch.validation_score
    return epoch.validation_loss if math.isfinite(epoch.validation_loss) else epoch.train_loss


def lower_is_better(name: str) -> bool:
    """Return whether a value of this name improves by falling."""
    return any(word in name.lower() for word in LOWER_IS_BETTER)
