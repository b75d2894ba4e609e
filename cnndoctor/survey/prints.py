"""Fingerprints: something equal for equal inputs, and for equal targets."""

from __future__ import annotations

from collections.abc import Hashable

from torch import Tensor

from cnndoctor.survey.extremes import extremes_of, ordered
from cnndoctor.survey.hashing import content_hash, content_hashes
from cnndoctor.survey.sample import Side


def fingerprint(side: Side, *, blank: bool = False) -> Hashable | None:
    """Return something equal for equal content; None for what cannot tell samples apart.

    Args:
        side: Inputs or targets.
        blank: Whether constant tensors and single numbers count too.
    """
    if side.kind == "text":
        return side.text if side.text.strip() or blank else None
    value = side.value
    if value is None or side.parts > 1:
        return None
    if not blank and (
        value.numel() < 2 or not bool(not_blank(value[None], extremes_of(value.reshape(1, -1))))
    ):
        return None
    return content_hash(value)


def label_print(side: Side) -> Hashable | None:
    """Return what tells targets apart: a number itself, a text, or the content of anything else; None where nothing does.

    Of several parts (a class and its box) a whole number that comes first is the label.
    """
    value = side.value
    if value is not None and not value.ndim and (side.kind == "number" or not value.is_floating_point()):
        return _number_print(value.item())
    return fingerprint(side, blank=True)


def label_prints(targets: Tensor) -> list[Hashable]:
    """Return what tells the targets of several samples apart, each as ``label_print`` does.

    Args:
        targets: [N, ...] numbers or tensors, stacked.
    """
    if targets.ndim == 1:
        return [_number_print(number) for number in targets.tolist()]
    return list(content_hashes(targets))


def not_blank(batch: Tensor, extremes: tuple[Tensor, Tensor]) -> Tensor:
    """Return which samples are more than a single value throughout, or nothing but NaN.

    Args:
        batch: [N, ...] any tensor.
        extremes: The lowest and the highest value of each sample, [N] each.
    """
    low, high = extremes
    told: Tensor = low != high
    broken = low != low  # noqa: PLR0124 - NaN differs from itself, and is the extreme of whatever holds it
    if bool(broken.any()):
        told[broken] = ~ordered(batch.flatten(1)[broken]).isnan().all(1)
    return told


def _number_print(number: complex) -> Hashable:
    return number if number == number else "nan"  # noqa: PLR0124 - NaN differs from itself, and is one label here
