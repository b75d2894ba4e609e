"""The file or sample names that a data set knows, for findings that point at samples."""

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
MOST = 60


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
