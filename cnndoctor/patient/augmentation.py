"""Data sets without their random transform: what lies under augmentation."""

from __future__ import annotations

import copy
from typing import Any

from torch.utils.data import Subset

TRANSFORMS = ("transform", "transforms", "augment", "augmentation", "augmentations")


def without_transform(dataset: Any, like: Any = None) -> Any | None:  # noqa: ANN401 - a data set is whatever the user built
    """Return a shallow copy whose transforms are off; None when it has none. The user's own object stays as it is.

    Args:
        dataset: A data set, or a Subset of one.
        like: A data set whose transforms are taken over in their place (validation: it prepares samples and augments
            nothing); without one they are simply left out.
    """
    if isinstance(dataset, Subset):
        inner = without_transform(dataset.dataset, like)
        return Subset(inner, dataset.indices) if inner is not None else None
    like = like.dataset if isinstance(like, Subset) else like
    named = [
        name
        for name in TRANSFORMS
        if callable(getattr(dataset, name, None)) and name in getattr(dataset, "__dict__", {})
    ]
    if not named:
        return None
    plain = copy.copy(dataset)
    for name in named:
        setattr(plain, name, getattr(like, name, None))
    return plain
