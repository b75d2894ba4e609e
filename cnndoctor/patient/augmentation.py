"""Data sets without their random transform: what lies under augmentation."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch.utils.data import Subset, default_collate

from cnndoctor.errors import UserCodeError
from cnndoctor.patient.batches import tensors
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.user_code import user_code

# Attributes that people keep a transform in, or switch augmentation on with: transform, augment, use_augmentation, do_aug …
NAMES = re.compile(r"(^|_)(transforms?|aug|augs|augment\w*)(_|$)")
# What a setting of a data set may be; anything larger holds data.
SETTING = (bool, int, float, str, type(None))
# Samples; a transform that is thrown with probability 1/2 shows in one of them but for 1 in 2^24.
LOOKED_AT = 8
READS = 4


def without_transform(dataset: Any, like: Any = None) -> Any | None:  # noqa: ANN401 - a data set is whatever the user built
    """Return a shallow copy whose transforms are off; None when it has none. The user's own object stays as it is.

    Args:
        dataset: A data set, or a Subset of one.
        like: A data set whose transforms are taken over in their place (validation: it prepares samples and augments
            nothing); without one they are simply left out. A flag (``augment=True``) is switched off. Where no attribute
            has such a name, the one setting is taken over (``mirror=None``, ``train=False``) that makes samples come out
            the same at every read.
    """
    if isinstance(dataset, Subset):
        inner = without_transform(dataset.dataset, like)
        return Subset(inner, dataset.indices) if inner is not None else None
    like = like.dataset if isinstance(like, Subset) else like
    named = list(_switches(dataset))
    if not named:
        return _set_as(dataset, like)
    plain = copy.copy(dataset)
    for name in named:
        setattr(plain, name, _off(getattr(dataset, name), getattr(like, name, None)))
    return plain


def _off(value: Any, plain: Any) -> Any:  # noqa: ANN401
    """Return what stands for a transform that is left out: validation's own, no flag, nothing, or no transforms of a list."""
    if value is True:
        return False
    return type(value)() if plain is None and isinstance(value, list | tuple) else plain


def _switches(dataset: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield the data set's own attributes that hold a transform, a list of transforms, or a flag that is on."""
    for name, value in getattr(dataset, "__dict__", {}).items():
        several = isinstance(value, list | tuple) and len(value) > 0 and all(map(callable, value))
        if NAMES.search(name.lower()) and (callable(value) or several or value is True):
            yield name


def _set_as(dataset: Any, like: Any) -> Any | None:  # noqa: ANN401
    """Return a copy with that setting of ``like`` which makes its random reads settle; None where none does."""
    if type(dataset) is not type(like) or not hasattr(dataset, "__dict__") or not hasattr(dataset, "__len__"):
        return None
    for name, value in vars(like).items():
        own = vars(dataset).get(name, value)
        if isinstance(value, SETTING) and isinstance(own, SETTING) and own != value:
            plain = copy.copy(dataset)
            setattr(plain, name, value)
            if _settles(dataset, plain, like):
                return plain
    return None


def _settles(dataset: Any, plain: Any, like: Any) -> bool:  # noqa: ANN401
    """Return whether reads differ, no longer do so in the copy, and the copy gives the same data, not those of ``like``."""
    try:
        with preserved_randomness(), user_code("read training data"):
            count = len(dataset)
            if len(plain) != count or not count:
                return False
            chosen = sorted({number * (count - 1) // (LOOKED_AT - 1) for number in range(LOOKED_AT)})
            loose = any(not _all_same(_reads(dataset, index)) for index in chosen)
            firm = all(_all_same(_reads(plain, index)) for index in chosen)
            shared = [index for index in chosen if index < len(like)]
            swapped = any(_all_same([*_reads(plain, index), *_reads(like, index)]) for index in shared)
    except UserCodeError:
        return False
    return loose and firm and not swapped


def _reads(dataset: Any, index: int) -> list[list[torch.Tensor]]:  # noqa: ANN401
    return [list(tensors(default_collate([dataset[index]]))) for _ in range(READS)]


def _all_same(reads: Sequence[Sequence[torch.Tensor]]) -> bool:
    first = reads[0]
    return all(
        len(other) == len(first)
        and all(torch.equal(ours, theirs) for ours, theirs in zip(first, other, strict=True))
        for other in reads[1:]
    )
