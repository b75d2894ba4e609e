"""The class that a single target names: a whole number, or the largest entry of a vector of probabilities."""

from __future__ import annotations

from torch import Tensor

SUM_TOLERANCE = 1e-3


def label_of(target: Tensor | None) -> int | None:
    """Return the class of one sample's target; None when it is no single label.

    Args:
        target: A whole number, or a vector whose largest entry names the class.
    """
    if target is None or not target.numel() or target.is_complex():
        return None
    if target.numel() == 1:
        value = float(target)
        return int(value) if value.is_integer() else None
    if (
        target.ndim == 1
        and abs(float(target.double().sum()) - 1) < SUM_TOLERANCE
        and bool((target >= 0).all())
    ):
        return int(target.argmax())
    return None


def labels_of(targets: Tensor) -> list[int | None]:
    """Return the class of each of several targets, each as ``label_of`` does.

    Args:
        targets: [N, ...] stacked.
    """
    if targets.is_complex() or not targets[:1].numel() or targets.ndim > 2:
        return [label_of(target) for target in targets]
    if targets[0].numel() > 1:
        wide = targets.double()
        named = ((wide.sum(1) - 1).abs() < SUM_TOLERANCE) & (targets >= 0).all(1)
        largest = wide.argmax(1).tolist()
        return [one if told else None for one, told in zip(largest, named.tolist(), strict=True)]
    return [int(value) if float(value).is_integer() else None for value in targets.flatten().tolist()]
