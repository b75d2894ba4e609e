"""Fingerprints: something equal for equal inputs, and for equal targets."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Mapping, Sequence

import torch
from torch import Tensor

from cnndoctor.survey.extremes import extremes_of, ordered
from cnndoctor.survey.hashing import content_hash, content_hashes
from cnndoctor.survey.sample import Side

LARGE = 16  # values; chosen as what the checks of copies take for too many to be equal by chance


def fingerprint(side: Side, *, blank: bool = False) -> Hashable | None:
    """Return something equal for equal content; None for what cannot tell samples apart.

    Args:
        side: Inputs or targets.
        blank: Whether constant tensors and single numbers count too.
    """
    if side.kind == "other":
        return _print_of_several(side, blank=blank)
    if side.kind == "text":
        return side.text if side.text.strip() or blank else None
    value = side.value
    if value is None:
        return None
    if not blank and (
        value.numel() < 2 or not bool(not_blank(value[None], extremes_of(value.reshape(1, -1))))
    ):
        return None
    return content_hash(value)


def tensor_prints(side: Side) -> dict[str, Hashable]:
    """Return something equal for equal content of each tensor or text of a sample, by name; a single one has no name."""
    if side.kind == "other":
        found: dict[str, Hashable] = {name: content_hash(value) for name, value in side.named}
        return {**found, "text": side.text} if side.text else found
    content = fingerprint(side, blank=True)
    return {} if content is None else {"": content}


def label_print(side: Side) -> Hashable | None:
    """Return what tells targets apart: a number itself, a text, or the content of anything else; None where nothing does.

    Of several parts (a class and its box) a whole number that comes first is the label.
    """
    value = side.value
    if value is not None and not value.ndim and (side.kind == "number" or not value.is_floating_point()):
        return _number_print(value.item())
    if value is not None and side.kind == "tensor" and value.numel() == 1:
        return _number_print(value.item())
    if side.kind == "other":
        return content_hash(value) if value is not None and side.parts == 1 else None
    return fingerprint(side, blank=True)


def label_prints(targets: Tensor) -> list[Hashable]:
    """Return what tells the targets of several samples apart, each as ``label_print`` does.

    Args:
        targets: [N, ...] numbers or tensors, stacked.
    """
    if targets[:1].numel() == 1 and not targets.is_floating_point() and not targets.is_complex():
        return list(targets.flatten().tolist())
    if targets[:1].numel() == 1:
        return [_number_print(number) for number in targets.flatten().tolist()]
    return list(content_hashes(targets))


def prints_of_several(
    parts: Mapping[str, Tensor], texts: Sequence[str], *, blank: bool = False
) -> list[Hashable | None]:
    """Return something equal for samples that are equal in all their tensors and texts; None for blank ones.

    A sample is blank where each of its larger tensors is a single value throughout: what stands beside blank images (a size, a
    date) does not make them copies. Of small tensors alone, where all their values together are one.

    Args:
        parts: Name → [N, ...] tensor.
        texts: [N] texts beside them; empty where there are none.
        blank: Whether blank samples count, too.
    """
    tensors = list(parts.values())
    told = [True] * len(texts) if blank or not tensors else _any_not_blank(tensors).tolist()
    columns = [content_hashes(tensor) for tensor in tensors]
    names = "\0".join(parts).encode()
    found: list[Hashable | None] = []
    for row, text in enumerate(texts):
        if not (told[row] and tensors) and not text.strip() and not blank:
            found.append(None)
            continue
        content = b"".join(column[row] for column in columns)
        found.append(hashlib.sha256(names + b"\0" + content + text.encode()).digest()[:16])
    return found


def _print_of_several(side: Side, *, blank: bool) -> Hashable | None:
    if not side.whole or not (side.named or side.text):
        return None
    parts = {name: value[None] for name, value in side.named}
    return prints_of_several(parts, [side.text], blank=blank)[0]


def _any_not_blank(tensors: Sequence[Tensor]) -> Tensor:
    """Return which samples hold more than single values, [N]."""
    large = [one for one in tensors if one[0].numel() >= LARGE]
    flat = [ordered(one.flatten(1) if one.ndim > 1 else one[:, None]) for one in large or tensors]
    looked = flat if large else [torch.cat([one.double() for one in flat], dim=1)]
    told = torch.zeros(len(looked[0]), dtype=torch.bool)
    for one in looked:
        if one[0].numel():
            told |= not_blank(one, extremes_of(one))
    return told


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
