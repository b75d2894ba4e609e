"""The data sets of an experiment, built once, or refused where nothing could be read from them again and again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from torch.utils.data import DataLoader, IterableDataset

from cnndoctor import factory
from cnndoctor.config import Config
from cnndoctor.config.refusal import kind_of, refusal
from cnndoctor.user_code import user_code


def data_set(config: Config, split: str) -> Any:  # noqa: ANN401 - a data set is whatever the user's factory returns
    """Return the data set of a split; None where the file names none.

    Args:
        config: The experiment file.
        split: train or validation.

    Raises:
        ConfigError: It is empty, a loader already, or can be read only once or not at all.
        UserCodeError: Its factory raised.
    """
    node = getattr(config.data, split)
    if node is None:
        return None
    dataset = factory.build(node, config_dir=config.folder)
    _refuse_unreadable(config, split, dataset)
    if hasattr(dataset, "__len__"):
        with user_code(f"build data.{split}"):
            size = len(dataset)
        if size == 0:
            raise refusal(config, f"data.{split}", f"the {split} data set is empty: len() is 0.")
    if hasattr(dataset, "__iter__") and not hasattr(dataset, "__getitem__"):
        return dataset if isinstance(dataset, IterableDataset) else _Iterated(dataset)
    return dataset


def _refuse_unreadable(config: Config, split: str, dataset: object) -> None:
    key, message, hint = f"data.{split}", "", ""
    if not hasattr(dataset, "__getitem__") and not hasattr(dataset, "__iter__"):
        message = (
            f"the data set factory returned {kind_of(dataset)}, which can be neither indexed nor iterated."
        )
    elif isinstance(dataset, DataLoader):
        message = "the data set factory returned a finished DataLoader."
        hint = f"Write it under `data.{split}_loader`, or return the data set and let `data.loader` batch it."
    elif isinstance(dataset, Iterator):
        message = f"the data set factory returned {kind_of(dataset)}, which can be read only once."
        hint = (
            "Return an object whose `__iter__` starts anew, for example a torch.utils.data.IterableDataset."
        )
    if message:
        raise refusal(config, key, message, hint)


class _Iterated(IterableDataset[Any]):
    """Tells torch that an object that can only be iterated is an iterable data set."""

    def __init__(self, samples: Iterable[Any]) -> None:
        self.samples = samples

    def __iter__(self) -> Iterator[Any]:
        return iter(self.samples)
