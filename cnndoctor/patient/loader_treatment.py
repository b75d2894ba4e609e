"""What a change does to the training loader: random order, larger batches, no augmentation; the samples stay the same."""

from __future__ import annotations

from typing import Any

from torch.utils.data import DataLoader, IterableDataset, default_collate

from cnndoctor.patient.augmentation import without_transform
from cnndoctor.patient.batches import tensors
from cnndoctor.patient.changes import Change
from cnndoctor.patient.randomness import preserved_randomness
from cnndoctor.patient.session import Session
from cnndoctor.user_code import user_code

# Of a stream that is read out to be shuffled: 200 MB of floats, and what takes seconds to read.
MOST_STREAMED, MOST_STREAMED_ELEMENTS = 50_000, 50_000_000


def treat_loader(session: Session, change: Change) -> None:
    """Put a loader in the place of the training loader that shuffles, has larger batches or no augmentation, as asked.

    Args:
        session: Changed in place.
        change: What to change.
    """
    if change.shuffled or change.batch_factor > 1:
        session.train_loader = _reloaded(
            session.train_loader, factor=change.batch_factor, shuffled=change.shuffled
        )
    if change.augmentation_off:
        session.train_loader = _plain(session)


def _plain(session: Session) -> Any:  # noqa: ANN401
    """Return a loader of the training data without augmentation; the same loader where it cannot be left out."""
    loader = session.train_loader
    plain = without_transform(
        getattr(loader, "dataset", None), getattr(session.validation_loader, "dataset", None)
    )
    if plain is None or not isinstance(loader, DataLoader) or loader.batch_size is None:
        return loader
    return DataLoader(
        plain,
        batch_size=loader.batch_size,
        sampler=loader.sampler,
        num_workers=loader.num_workers,
        collate_fn=loader.collate_fn,
        drop_last=loader.drop_last,
        worker_init_fn=loader.worker_init_fn,
    )


def _reloaded(loader: Any, *, factor: int, shuffled: bool) -> Any:  # noqa: ANN401 - a loader is whatever can be iterated
    """Return a loader of the same data in random order or larger batches; the same loader where that cannot be done."""
    if not isinstance(loader, DataLoader):
        return loader
    data: Any = loader.dataset
    streamed = isinstance(data, IterableDataset)
    if streamed:
        data = _read_out(data) if shuffled else None
    size = loader.batch_size or (_batch_length(loader) if shuffled else 0)
    if not size or data is None:
        return loader
    return DataLoader(
        data,
        batch_size=size * factor,
        shuffle=shuffled,
        sampler=None if shuffled else loader.sampler,
        num_workers=0 if streamed else loader.num_workers,
        collate_fn=loader.collate_fn,
        drop_last=loader.drop_last,
        worker_init_fn=loader.worker_init_fn,
    )


def _read_out(stream: IterableDataset[Any]) -> list[Any] | None:
    """Return all samples of a stream; None where it is too long to be held."""
    samples, elements = [], 0
    with preserved_randomness(), user_code("read training data"):
        for sample in stream:
            samples.append(sample)
            elements += sum(tensor.numel() for tensor in tensors(default_collate([sample])))
            if len(samples) > MOST_STREAMED or elements > MOST_STREAMED_ELEMENTS:
                return None
    return samples


def _batch_length(loader: DataLoader[Any]) -> int:
    """Return how many samples the first batch of a sampler of batches has; 0 without one."""
    if loader.batch_sampler is None:
        return 0
    with preserved_randomness():
        return len(next(iter(loader.batch_sampler), ()))
