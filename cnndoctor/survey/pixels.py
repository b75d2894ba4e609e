"""Pictures that look alike from afar, held against each other pixel by pixel and in colour: only then they are copies.

From afar (``looks``) pictures are small and grey: two crosses on plain ground look the same there whatever their colours are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import median

from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, normalize

from cnndoctor.errors import UserCodeError
from cnndoctor.evidence.data import Overlap
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.time_box import TimeBox
from cnndoctor.survey.accumulator import IMAGE_CHANNELS
from cnndoctor.survey.looks import OFFSETS, SHIFTED_SIDE
from cnndoctor.survey.source import Source

SECONDS = 5.0
OTHERS = 40  # pictures of the same label: what two different ones differ by
FEWEST_OTHERS = 5
# What is missing of a correlation of 1. Nine in ten copies of drawn shapes and of galaxies with noise of 0.03 of the range,
# another brightness, a pixel's shift or three quarters of the size, come to 0.1 at most; crosses of other colours and places
# that look alike in grey to 0.14 and more, where two crosses come to 0.8.
APART = 0.1
APART_OF_OTHERS = 0.15


def confirmed(overlap: Overlap, train: Source, validation: Source, labels: Mapping[int, int]) -> Overlap:
    """Return an overlap whose near copies were compared by their pixels, those told as examples; copies come first.

    Args:
        overlap: With pairs that look alike.
        train: The training split; what cannot be read by index is not compared.
        validation: The validation split.
        labels: Label of training samples by index, where known.
    """
    if not overlap.near_examples or not (train.map_style and validation.map_style):
        return overlap
    with preserved_randomness():  # a data set that draws moves the state on with every read
        return _compared(overlap, train, validation, labels)


def _compared(overlap: Overlap, train: Source, validation: Source, labels: Mapping[int, int]) -> Overlap:
    box = TimeBox(SECONDS)
    limit = min(APART, APART_OF_OTHERS * _usually_apart(overlap.near_examples, train, labels))
    compared: list[tuple[int, int]] = []
    copies: list[tuple[int, int]] = []
    for ours, theirs in overlap.near_examples:
        if box.over:
            break
        one, other = _picture(train, ours), _picture(validation, theirs)
        if one is not None and other is not None:
            compared.append((ours, theirs))
            if _apart(one, other, mirrored=True) <= limit:
                copies.append((ours, theirs))
    rest = tuple(pair for pair in overlap.near_examples if pair not in copies)
    return replace(
        overlap, near_compared=len(compared), near_copies=len(copies), near_examples=(*copies, *rest)
    )


def _usually_apart(pairs: tuple[tuple[int, int], ...], train: Source, labels: Mapping[int, int]) -> float:
    """Return how far apart two different training pictures of one label are; 1 where there are too few of them."""
    ours = pairs[0][0]
    one, label = _picture(train, ours), labels.get(ours)
    if one is None:
        return 1.0
    alike = [index for index in train.planned(None) if index != ours and labels.get(index) == label]
    others = [_picture(train, index) for index in alike[:OTHERS]]
    found = [_apart(one, other) for other in others if other is not None]
    return median(found) if len(found) >= FEWEST_OTHERS else 1.0


def _picture(source: Source, index: int) -> Tensor | None:
    """Return a sample's picture, [C, H, W] floats; None where it is none or cannot be read."""
    try:
        value = source.read(index).inputs.value
    except UserCodeError:
        return None
    if value is None or value.is_complex() or value.ndim not in {2, 3}:
        return None
    if value.ndim == 2:
        value = value[None]
    elif value.shape[0] not in IMAGE_CHANNELS and value.shape[-1] in IMAGE_CHANNELS:
        value = value.movedim(-1, 0)
    return value.float()


def _apart(one: Tensor, other: Tensor, *, mirrored: bool = False) -> float:
    """Return 1 − the correlation of two pictures over all pixels and channels, at the shift where they agree best.

    Args:
        one: [C, H, W].
        other: [C, H, W]; the larger of the two is made as small as the other, colours become grey beside a grey picture.
        mirrored: Whether the one may also be the mirror image of the other.
    """
    if len(one) != len(other):
        one, other = one.mean(0, keepdim=True), other.mean(0, keepdim=True)
    size = min(one.shape[1], other.shape[1]), min(one.shape[2], other.shape[2])
    one, other = (
        picture if tuple(picture.shape[1:]) == size else adaptive_avg_pool2d(picture, size)
        for picture in (one, other)
    )
    border = 1 if min(size) >= SHIFTED_SIDE else 0
    inner = _unit(_cut(one, border, (0, 0)))
    others = (other, other.flip(-1)) if mirrored else (other,)
    shifts = OFFSETS if border else OFFSETS[:1]
    return 1 - max(float(inner @ _unit(_cut(seen, border, shift))) for seen in others for shift in shifts)


def _cut(picture: Tensor, border: int, shift: tuple[int, int]) -> Tensor:
    height, width = picture.shape[1] - 2 * border, picture.shape[2] - 2 * border
    top, left = border + shift[0], border + shift[1]
    return picture[:, top : top + height, left : left + width]


def _unit(picture: Tensor) -> Tensor:
    flat = picture.flatten()
    return normalize(flat - flat.mean(), dim=0, eps=1e-12)
