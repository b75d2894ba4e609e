"""A changed training loader gives the same samples, in the order and the number that was asked for."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset, RandomSampler

from cnndoctor.patient.changes import AS_CONFIGURED, Change
from cnndoctor.patient.treatment import apply_change
from tests.small import node, small


def change(**what: Any) -> Change:
    """Return a change."""
    return Change(name="x", words="x", **what)


def test_larger_batches_keep_the_users_sampler() -> None:
    """Only the size changes, not what is drawn."""
    experiment = small(f"data.loader.sampler={node('Backwards')}")
    loader = experiment.fresh(change=change(batch_factor=2)).train_loader
    assert isinstance(loader, DataLoader)
    assert type(loader.sampler).__name__ == "Backwards"


def in_threes(change_: Change) -> DataLoader[Any]:
    """Return the loader of training data that a sampler of batches orders by threes, with a change."""
    loader = small(f"data.loader={{batch_sampler: {node('Threes')}}}").fresh(change=change_).train_loader
    assert isinstance(loader, DataLoader)
    return loader


def test_a_sampler_of_batches_gives_way_to_random_order() -> None:
    """Shuffled batches are as long as the sampler's first one, hold every sample once, and come in another order each time."""
    plain, shuffled = in_threes(AS_CONFIGURED), in_threes(change(shuffled=True))
    assert plain.batch_size is None
    assert shuffled.batch_size == 3
    assert isinstance(shuffled.sampler, RandomSampler)
    rows = [[row.tolist() for inputs, _ in shuffled for row in inputs] for _ in range(2)]
    assert rows[0] != rows[1]
    assert sorted(rows[0]) == sorted(rows[1]) == sorted(shuffled.dataset.inputs.tolist())  # type: ignore[attr-defined]


def test_a_sampler_of_batches_keeps_its_batches_where_only_their_size_would_change() -> None:
    """Who composes batches decides how long they are: larger ones have no meaning there."""
    loader = in_threes(change(batch_factor=2))
    assert loader.batch_size is None
    assert type(loader.batch_sampler).__name__ == "Threes"


def test_asking_a_sampler_for_its_first_batch_draws_nothing() -> None:
    """A sampler that draws at random is asked how long its batches are, and the random stream goes on as it would."""

    class Drawn:
        def __iter__(self) -> Any:
            return iter([torch.randperm(48)[:5].tolist()])

        def __len__(self) -> int:
            return 1

    session = small().fresh()
    blobs = session.train_loader.dataset  # type: ignore[attr-defined]
    session.train_loader = DataLoader(blobs, batch_sampler=Drawn())
    state = torch.get_rng_state()
    apply_change(session, change(shuffled=True))
    assert torch.equal(torch.get_rng_state(), state)
    assert session.train_loader.batch_size == 5


class Numbers(IterableDataset[tuple[torch.Tensor, int]]):
    """Forty samples that come in order."""

    def __iter__(self) -> Any:
        return iter([(torch.full((3,), float(n)), n) for n in range(40)])


def test_a_stream_is_read_out_to_be_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    """All samples of a stream come in another order every epoch; a stream too long to be held stays as it is."""
    session = small().fresh()
    session.train_loader = streamed = DataLoader(Numbers(), batch_size=8)
    apply_change(session, change(shuffled=True))
    first, second = ([int(label) for _, labels in session.train_loader for label in labels] for _ in "ab")
    assert sorted(first) == sorted(second) == list(range(40))
    assert first not in (second, list(range(40)))
    monkeypatch.setattr("cnndoctor.patient.loader_treatment.MOST_STREAMED", 39)
    session.train_loader = streamed
    apply_change(session, change(shuffled=True))
    assert session.train_loader is streamed


def test_a_loader_without_batches_or_with_empty_ones_stays() -> None:
    """Samples one by one, and a sampler that has no batch, leave nothing to be put into another order."""
    session = small().fresh()
    blobs = session.train_loader.dataset  # type: ignore[attr-defined]
    for loader in (DataLoader(blobs, batch_size=None), DataLoader(blobs, batch_sampler=[])):
        session.train_loader = loader
        apply_change(session, change(shuffled=True))
        assert session.train_loader is loader
