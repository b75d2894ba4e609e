"""The names that a data set knows: files or samples, for findings that point at them, classes, and groups."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch.utils.data import Subset

# Where data sets keep what they read: torchvision's folders first, then what people write.
NAMES = (
    "samples",
    "imgs",
    "filenames",
    "file_names",
    "files",
    "paths",
    "image_paths",
    "image_files",
    "img_paths",
    "names",
)
GROUPS = "groups"  # one entry for each sample: the person, patient, video or site it comes from
MOST = 60
MOST_CLASSES = 1_000


def names_of(dataset: object, indices: Sequence[int]) -> dict[str, str]:
    """Return index (as text) → file or sample name, as far as the data set tells.

    Args:
        dataset: A map-style data set, or None.
        indices: Samples to name; the first 60 are.
    """
    pairs = ((index, name_of(dataset, index)) for index in indices[:MOST])
    return {str(index): name for index, name in pairs if name}


def name_of(dataset: Any, index: int) -> str:  # noqa: ANN401 - a data set is whatever the user's factory returns
    """Return the name of one sample; empty when the data set does not tell."""
    try:
        while isinstance(dataset, Subset):
            dataset, index = dataset.dataset, dataset.indices[index]
        for attribute in NAMES:
            listed = getattr(dataset, attribute, None)
            if isinstance(listed, list | tuple) and index < len(listed) and len(listed) == len(dataset):
                entry = listed[index][0] if isinstance(listed[index], tuple | list) else listed[index]
                if isinstance(entry, str | Path):
                    return str(entry)
    except Exception:  # noqa: BLE001 - a name is a courtesy; a data set that raises on one gives none
        return ""
    return ""


def classes_of(dataset: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return the class names of a data set in the order of their labels; empty when it does not tell."""
    while isinstance(dataset, Subset):
        dataset = dataset.dataset
    index = getattr(dataset, "class_to_idx", None)
    if isinstance(index, dict) and index and all(isinstance(number, int) for number in index.values()):
        return tuple(str(name) for name, _ in sorted(index.items(), key=lambda item: item[1]))[:MOST_CLASSES]
    classes = getattr(dataset, "classes", None)
    if isinstance(classes, list | tuple) and all(isinstance(name, str) for name in classes):
        return tuple(classes[:MOST_CLASSES])
    return ()


def groups_of(dataset: Any) -> list[str] | None:  # noqa: ANN401
    """Return the group of every sample as text, for a data set that has ``groups``; None when it does not tell.

    Args:
        dataset: A map-style data set, or a subset of one.
    """
    try:
        if isinstance(dataset, Subset):
            whole = groups_of(dataset.dataset)
            return [whole[index] for index in dataset.indices] if whole is not None else None
        listed = getattr(dataset, GROUPS, None)
        if listed is None or isinstance(listed, str | bytes | dict) or len(listed) != len(dataset):
            return None
        plain = listed.tolist() if hasattr(listed, "tolist") else list(listed)
    except Exception:  # noqa: BLE001 - a group key is a courtesy; a data set that raises on it gives none
        return None
    if not all(isinstance(group, str | int | float) for group in plain):
        return None
    # A key of each sample's own is its name, not its group.
    return [str(group) for group in plain] if len(set(plain)) < len(plain) else None
