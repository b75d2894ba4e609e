"""Data sets without their random transform: what lies under augmentation."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from torch.utils.data import Subset

# Attributes that people keep a transform in, or switch augmentation on with: transform, augment, use_augmentation, do_aug …
NAMES = re.compile(r"(^|_)(transforms?|aug|augs|augment\w*)(_|$)")


def without_transform(dataset: Any, like: Any = None) -> Any | None:  # noqa: ANN401 - a data set is whatever the user built
    """Return a shallow copy whose transforms are off; None when it has none. The user's own object stays as it is.

    Args:
        dataset: A data set, or a Subset of one.
        like: A data set whose transforms are taken over in their place (validation: it prepares samples and augments
            nothing); without one they are simply left out. A flag (``augment=True``) is switched off.
    """
    if isinstance(dataset, Subset):
        inner = without_transform(dataset.dataset, like)
        return Subset(inner, dataset.indices) if inner is not None else None
    like = like.dataset if isinstance(like, Subset) else like
    named = list(_switches(dataset))
    if not named:
        return None
    plain = copy.copy(dataset)
    for name in named:
        setattr(plain, name, False if getattr(dataset, name) is True else getattr(like, name, None))
    return plain


def _switches(dataset: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield the data set's own attributes that hold a transform, or a flag that is on."""
    for name, value in getattr(dataset, "__dict__", {}).items():
        if NAMES.search(name.lower()) and (callable(value) or value is True):
            yield name
